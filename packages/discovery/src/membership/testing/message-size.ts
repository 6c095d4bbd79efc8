/** About what a comparison's message takes, encoded. */
export function bytesOf(message: object): number {
  let bytes = 32
  for (const value of Object.values(message) as unknown[]) {
    if (value instanceof Uint8Array) bytes += value.length + 8
    else if (typeof value === 'object' && value !== null) bytes += bytesOf(value) - 16
    else bytes += typeof value === 'string' ? value.length + 8 : 9
  }
  return bytes
}
