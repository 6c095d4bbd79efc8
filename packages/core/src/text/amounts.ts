const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Such as `12.4 MiB`. */
export function bytesText(bytes: number): string {
  let amount = bytes
  let unit = 0
  for (; amount >= 1_024 && unit < byteUnits.length - 1; unit++) amount /= 1_024
  return `${unit === 0 ? amount : amount.toFixed(1)} ${byteUnits[unit]}`
}

/** The two largest units, such as `2 d 5 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2)
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ')
}

/** Such as `2026-03-01 12:30:05 UTC`, from a moment as `Date.toISOString` writes it. */
export function momentText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`
}
