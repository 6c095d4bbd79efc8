/**
 * Lines of a name, a colon or a space, and a whole number: `/proc/meminfo`, `/proc/PID/io`, `cpu.stat` of a control
 * group. Lines of another form are passed over. What stands behind the number, as `kB`, is for the reader to know.
 */
export function parseNamedNumbers(text: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, digits] = /^([\w()]+):?\s+(\d+)\b/.exec(line) ?? []
    if (name !== undefined && digits !== undefined) numbers.set(name, Number(digits))
  }
  return numbers
}

/** A file that holds one whole number; undefined for anything else, as `max`. */
export function parseWholeNumber(text: string): number | undefined {
  const trimmed = text.trim()
  return /^-?\d{1,20}$/.test(trimmed) ? Number(trimmed) : undefined
}
