/** `/proc/loadavg`, of 1, 5 and 15 minutes. */
export function parseLoadAverage(text: string): readonly [number, number, number] | undefined {
  const [, one, five, fifteen] = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) /.exec(text) ?? []
  return one === undefined ? undefined : [Number(one), Number(five), Number(fifteen)]
}

/** `/proc/uptime`, in milliseconds. */
export function parseUptime(text: string): number | undefined {
  const [, seconds] = /^(\d+(?:\.\d+)?)(?:\s|$)/.exec(text) ?? []
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1_000)
}
