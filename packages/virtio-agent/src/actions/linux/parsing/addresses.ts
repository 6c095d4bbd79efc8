/** An IPv6 address of 32 hexadecimal digits, as people write it (RFC 5952). */
export function sixFromHex(hex: string): string | undefined {
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) return undefined
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16))
  const [start, length] = longestZeros(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

/** Where the first of the longest runs of zeros is, and how long. */
function longestZeros(groups: readonly string[]): readonly [number, number] {
  let best: readonly [number, number] = [0, 0]
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === '0') length++
    if (length > best[1]) best = [start, length]
  }
  return best
}

/** An IPv4 address of eight hexadecimal digits as the kernel prints it: the bytes in memory, read as a number. */
export function fourFromHex(hex: string, isBigEndian: boolean): string | undefined {
  if (!/^[0-9a-fA-F]{8}$/.test(hex)) return undefined
  const bytes = (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))
  return (isBigEndian ? bytes : bytes.toReversed()).join('.')
}

export interface SixAddress {
  readonly interface: string
  readonly address: string
  readonly prefix: number
}

/** `/proc/net/if_inet6`, which has those of interfaces without a carrier too. */
export function parseSixAddresses(text: string): readonly SixAddress[] {
  const found: SixAddress[] = []
  for (const line of text.split('\n')) {
    const [hex = '', , prefix = '', , , name] = line.trim().split(/\s+/)
    const address = sixFromHex(hex)
    if (address === undefined || name === undefined || !/^[0-9a-f]{1,2}$/.test(prefix)) continue
    found.push({ interface: name, address, prefix: Number.parseInt(prefix, 16) })
  }
  return found
}
