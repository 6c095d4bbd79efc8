const zero = 0x30
const space = 0x20

/**
 * Which pages nobody else has, of `/proc/PID/statm`: the resident ones but those of files and of shared memory. What a
 * parent and a child still share since they forked counts for both: only `smaps_rollup` knows better, and it walks over
 * every page of the process (100 µs and more, where this is 1.4). -1 where the bytes do not have that form.
 */
export function parsePrivatePages(bytes: Uint8Array, length: number): number {
  let at = 0
  let resident = 0
  for (let field = 0; field < 3; field++) {
    const start = at
    let value = 0
    while (at < length && isDigit(bytes[at] as number)) value = value * 10 + ((bytes[at++] as number) - zero)
    if (at === start || at === length || bytes[at] !== space) return -1
    at++
    if (field === 1) resident = value
    if (field === 2) return Math.max(resident - value, 0)
  }
  return -1
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39
}
