const units = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** How long ago, or how soon, in the one unit that says most: `3 minutes ago`, `in 2 days`. */
export function agoText(thenMs: number, nowMs: number): string {
  const seconds = Math.round(Math.abs(nowMs - thenMs) / 1_000)
  if (seconds < 5) return 'just now'
  const [size, name] = units.find(([least]) => seconds >= least) ?? units[3]
  const amount = Math.floor(seconds / size)
  const words = `${amount} ${name}${amount === 1 ? '' : 's'}`
  return thenMs <= nowMs ? `${words} ago` : `in ${words}`
}
