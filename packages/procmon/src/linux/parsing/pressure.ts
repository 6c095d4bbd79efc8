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
  return ten === undefined || sixty === undefined ? undefined : [share(ten), share(sixty)]
}

/** Hundredths of a percent: 5.44 is 0.0544 and not a little more. */
function share(percent: string): number {
  return Math.round(Number(percent) * 100) / 10_000
}
