import { expect, test } from 'vitest'
import { GenerationMarks } from './generation-marks.ts'

const far = 10_000_000

test('a row is marked once in each generation', () => {
  const marks = new GenerationMarks()
  for (const row of [1, far]) {
    expect(marks.wasTouchedFrom(row, 0)).toBe(false)
    expect([marks.mark(row), marks.mark(row)]).toEqual([true, false])
    expect(marks.wasTouchedFrom(row, 0)).toBe(true)
  }
  expect(marks.advance()).toBe(1)
  expect(marks.mark(far)).toBe(true)
  expect([marks.wasTouchedFrom(1, 1), marks.wasTouchedFrom(far, 1), marks.wasTouchedFrom(far, 2)]).toEqual([
    false,
    true,
    false,
  ])
})

test('a touch is no mark, and takes none away', () => {
  const marks = new GenerationMarks()
  marks.touch(1)
  expect(marks.mark(1)).toBe(true)
  marks.touch(1)
  expect(marks.mark(1)).toBe(false)
})

test('a number that is used again begins anew', () => {
  const marks = new GenerationMarks()
  marks.mark(1)
  marks.add(1)
  expect(marks.mark(1)).toBe(true)
})

test('what is undone had not been done', () => {
  const marks = new GenerationMarks()
  marks.advance()
  marks.touch(1)
  marks.begin()
  marks.mark(1)
  marks.mark(2)
  marks.advance()
  marks.touch(1)
  marks.add(3)
  marks.undo()
  expect(marks.generation).toBe(1)
  expect([1, 2, 3].map((row) => marks.wasTouchedFrom(row, 1))).toEqual([true, false, false])
  expect(marks.mark(1)).toBe(true)
  marks.undo()
  expect([1, 2].map((row) => marks.mark(row))).toEqual([true, true])
})
