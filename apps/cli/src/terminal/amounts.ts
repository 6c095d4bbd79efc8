const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Such as `12.4 MiB`. */
export function bytesText(bytes: number): string {
  let amount = bytes
  let index = 0
  for (; amount >= 1_024 && index < byteUnits.length - 1; index++) amount /= 1_024
  return `${index === 0 ? amount : amount.toFixed(1)} ${byteUnits[index] ?? ''}`
}

/** The two largest units, such as `2 d 5 h`. */
export function durationText(seconds: number): string {
  const whole = Math.floor(seconds)
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first === -1) return '0 s'
  return parts
    .slice(first, first + 2)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ')
}
