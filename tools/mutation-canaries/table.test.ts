import type { Canary } from '@flotilla/sim'
import { describe, expect, test } from 'vitest'
import { pageWith, sectionOf } from './table.ts'
import { withBug } from './workshop.ts'

const canary: Canary = {
  name: 'no-sync',
  bug: 'It says `durable | safe` too early.',
  file: 'src/log.ts',
  find: 'await sync()',
  replace: '',
  caughtBy: ['log'],
}

describe('a bug', () => {
  test('is planted where it belongs', () => {
    expect(withBug('write()\nawait sync()\n', canary)).toBe('write()\n\n')
  })

  test('is not planted where its place is gone, or not the only one', () => {
    expect(() => withBug('write()', canary)).toThrow('canary no-sync: its place stands 0 times in src/log.ts')
    expect(() => withBug('await sync()\nawait sync()', canary)).toThrow('stands 2 times')
  })
})

describe('the page of planted bugs', () => {
  test('says who saw each, and when nobody did', () => {
    const caught = { by: 'log', seed: 7, sentence: 'What was promised is kept.' }
    const { lines } = sectionOf('raft', [
      { canary, caught },
      { canary, caught: { ...caught, by: 'src/log.test.ts', seed: undefined } },
      { canary, caught: undefined },
    ])
    const row = '| no-sync | It says `durable \\| safe` too early. | `src/log.ts`'
    expect(lines.slice(2)).toEqual([
      `${row} | log | seed 7 | What was promised is kept. |`,
      `${row} | src/log.test.ts | test | What was promised is kept. |`,
      `${row} | **nobody** |  |  |`,
    ])
  })

  test('keeps what it says of other packages', () => {
    const first = pageWith('', [
      { package: 'raft', lines: ['| one |'] },
      { package: 'locks', lines: ['| two |'] },
    ])
    const second = pageWith(first, [{ package: 'raft', lines: ['| three |'] }])
    expect(second.slice(second.indexOf('## '))).toBe('## locks\n\n| two |\n\n## raft\n\n| three |\n')
    expect(pageWith(second, [])).toBe(second)
  })
})
