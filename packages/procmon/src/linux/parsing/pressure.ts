import type { Stall } from '../../readings.ts'

/** `/proc/pressure/…`: percentages there, shares here. */
export function parsePressure(text: string): Stall | undefined {
  const some = averages('some', text)
  if (some === undefined) return undefined
  const full = averages('full', text)
  return {
    some10s: some[0],
    some60s: some[1],
    ...(full === undefined ? {} : { full10s: full[0], full60s: full[1] }),
  }
}

function averages(word: 'some' | 'full', text: string): readonly [number, number] | undefined {
  const [, ten, sixty] = new RegExp(`^${word} avg10=(\\d+\\.\\d+) avg60=(\\d+\\.\\d+) `, 'm').exec(text) ?? []
  return ten === undefined ? undefined : [Number(ten) / 100, Number(sixty) / 100]
}
