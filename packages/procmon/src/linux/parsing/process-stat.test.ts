import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyProcessStat, isKernelThread, parseProcessStat, type ProcessStat } from './process-stat.ts'

const encoder = new TextEncoder()

/** As Linux 6.18 wrote them, but for the names. */
const shell =
  ' S 14770 14777 1 0 -1 4194560 1290 54321 0 3 12 34 560 78 20 0 1 0 4625407 4325376 896 18446744073709551615 ' +
  '94190273957888 94190274887933 140730617311648 0 0 0 65536 4 65538 1 0 0 17 1 0 0 0 0 0 94190275127472 ' +
  '94190275175172 94190612250624 140730617318711 140730617318716 140730617318716 140730617319406 0\n'
const kernelThread =
  ' I 2 0 0 0 -1 69238880 0 0 0 0 0 7 0 0 0 -20 1 0 24 0 0 18446744073709551615 0 0 0 0 0 0 0 ' +
  '2147483647 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n'

function parsed(text: string): (ProcessStat & { readonly name: string }) | undefined {
  const bytes = encoder.encode(text)
  const stat = emptyProcessStat()
  if (!parseProcessStat(bytes, bytes.length, stat)) return undefined
  return { ...stat, name: new TextDecoder().decode(bytes.subarray(stat.nameStart, stat.nameEnd)) }
}

describe('/proc/PID/stat', () => {
  test('of a shell', () => {
    expect(parsed(`14777 (bash)${shell}`)).toMatchObject({
      pid: 14_777,
      name: 'bash',
      state: 'S'.charCodeAt(0),
      parent: 14_770,
      processorTicks: 12 + 34,
      nice: 0,
      threads: 1,
      startTicks: 4_625_407,
      residentPages: 896,
    })
  })

  test('of a thread of the kernel', () => {
    const stat = parsed(`6 (kworker/R-kvfree_rcu_reclaim)${kernelThread}`)
    expect(stat).toMatchObject({ name: 'kworker/R-kvfree_rcu_reclaim', nice: -20, residentPages: 0, processorTicks: 7 })
    expect(isKernelThread(stat ?? emptyProcessStat())).toBe(true)
    expect(isKernelThread(parsed(`14777 (bash)${shell}`) ?? emptyProcessStat())).toBe(false)
  })

  test.for(['a b', '(', ')', ') R 1 2 3', 'tmux: server', '((sd-pam))', '', ' ', ') S 0 ', 'naïve 😀', 'a\nb'])(
    'of one that is called %j',
    (name) => {
      expect(parsed(`7 (${name})${shell}`)).toMatchObject({ pid: 7, name, parent: 14_770, startTicks: 4_625_407 })
    },
  )

  test('of any name and any numbers', () => {
    const number = fc.nat({ max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(
        fc.string({ maxLength: 63, unit: 'binary' }),
        fc.array(number, { minLength: 49, maxLength: 49 }),
        (name, rest) => {
          const fields = [4, ...rest]
          const stat = parsed(`4294967295 (${name}) D ${fields.join(' ')}\n`)
          expect(stat).toMatchObject({
            pid: 4_294_967_295,
            parent: 4,
            processorTicks: (fields[10] ?? 0) + (fields[11] ?? 0),
            nice: fields[15],
            threads: fields[16],
            startTicks: fields[18],
            residentPages: fields[20],
          })
        },
      ),
    )
  })

  test('is refused where it is cut anywhere before its 24th field', () => {
    const text = `14777 (bash)${shell}`
    const enough = text.indexOf(' 896 ') + ' 896 '.length
    for (let length = 0; length < enough - 1; length++)
      expect(parsed(text.slice(0, length)), `${length}`).toBeUndefined()
    expect(parsed(text.slice(0, enough))).toBeDefined()
  })

  test('is refused where a field is no number', () => {
    const words = `14777 (bash)${shell}`.split(' ')
    for (let field = 3; field < 24; field++) {
      for (const wrong of ['', 'x', '-', '1.5', '0x10']) {
        expect(parsed(words.with(field, wrong).join(' ')), `field ${field} is ${wrong}`).toBeUndefined()
      }
    }
  })

  test('never throws, whatever the bytes', () => {
    const stat = emptyProcessStat()
    const piece = fc.constantFrom('7 (', ')', ' S ', ' 1', ' -', '\n', 'a', '18446744073709551615 ')
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(piece, { maxLength: 80 }).map((pieces) => encoder.encode(pieces.join(''))),
    )
    fc.assert(
      fc.property(bytes, fc.nat(300), (all, length) => {
        expect([true, false]).toContain(parseProcessStat(all, Math.min(length, all.length), stat))
      }),
      { numRuns: 1_000 },
    )
  })
})
