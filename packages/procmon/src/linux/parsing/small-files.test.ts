import { describe, expect, test } from 'vitest'
import { parseAuxiliaryVector, usualUnits } from './auxiliary-vector.ts'
import { parseControlGroupPaths, parseGroupLimit, parseProcessorLimit } from './control-group.ts'
import { parseNamedNumbers, parseWholeNumber } from './named-numbers.ts'
import { parseSpace } from './space.ts'
import { parseUserNames } from './user-names.ts'

describe('control groups', () => {
  test('paths of both versions; what is outside of our namespace is not looked for', () => {
    const { unified, legacy } = parseControlGroupPaths(
      '9:name=systemd:/x\n4:memory:/docker/abc\n2:cpu,cpuacct:/docker/a:b\n3:pids:/../../x\n0::/user.slice\nbad\n',
    )
    expect(unified).toBe('/user.slice')
    expect(Object.fromEntries(legacy)).toEqual({
      'name=systemd': '/x',
      memory: '/docker/abc',
      cpu: '/docker/a:b',
      cpuacct: '/docker/a:b',
    })
  })

  test('limits, and that there is none', () => {
    expect(parseProcessorLimit('150000 100000\n')).toBe(1.5)
    for (const none of ['max 100000\n', '-1 100000', '', '5 0']) expect(parseProcessorLimit(none)).toBeUndefined()
    expect(parseGroupLimit('536870912\n')).toBe(536_870_912)
    for (const none of ['max\n', '9223372036854771712\n', '', '-1\n']) expect(parseGroupLimit(none)).toBeUndefined()
  })
})

test('names and whole numbers', () => {
  expect(Object.fromEntries(parseNamedNumbers('a 5\nb: 6 kB\nc(d):  7\nx y\n: 8\n'))).toEqual({ a: 5, b: 6, 'c(d)': 7 })
  expect(parseWholeNumber('-12\n')).toBe(-12)
  for (const wrong of ['', 'max', '1.5', '1 2', '9'.repeat(21)]) expect(parseWholeNumber(wrong)).toBeUndefined()
})

test('/etc/passwd: the first name of a number, and not more than so many', () => {
  const text =
    'root:x:0:0::/:/bin/sh\n#old:x:5:5\ntoor:x:0:0::/:/bin/sh\n:x:7:7\nbob:x:1000:1000::/:\nnot a line\nz:x:-1:0\n'
  expect(Object.fromEntries(parseUserNames(text, 10))).toEqual({ 0: 'root', 1_000: 'bob' })
  expect(parseUserNames(text, 1).size).toBe(1)
})

test('what stat -f says', () => {
  expect(parseSpace('4096 100 60 50 20 10\n')).toEqual({
    totalBytes: 409_600,
    freeBytes: 245_760,
    availableBytes: 204_800,
    files: 20,
    filesFree: 10,
  })
  for (const wrong of ['', '1 2 3', '4096 100 60 50 20 x', '? ? ? ? ? ?']) expect(parseSpace(wrong)).toBeUndefined()
})

describe('the auxiliary vector', () => {
  const vector = (...pairs: readonly (readonly [bigint, bigint])[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(pairs.length * 16))
    for (const [index, [key, value]] of pairs.entries()) {
      view.setBigUint64(index * 16, key, true)
      view.setBigUint64(index * 16 + 8, value, true)
    }
    return new Uint8Array(view.buffer)
  }

  test('has the size of pages and the rate of ticks', () => {
    const bytes = vector([33n, 2n ** 60n], [6n, 65_536n], [17n, 250n], [0n, 0n])
    expect(parseAuxiliaryVector(bytes)).toEqual({ pageBytes: 65_536, ticksPerSecond: 250 })
  })

  test('is the usual one where it makes no sense', () => {
    expect(parseAuxiliaryVector(vector([6n, 4_097n], [17n, 0n]))).toEqual(usualUnits)
    expect(parseAuxiliaryVector(new Uint8Array(15))).toEqual(usualUnits)
  })
})
