import { shown, wrongUsage } from './command.ts'

const secondsOf = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

/** Seconds of a text such as `90s`, `15m`, `12h` or `7d`; `option` is what the error calls it. */
export function secondsIn(text: string, option: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = Number(digits) * secondsOf[unit as keyof typeof secondsOf]
  if (seconds >= 1) return seconds
  throw wrongUsage(`--${option} is ${shown(text)}`, 'write it as 90s, 15m, 12h or 7d')
}
