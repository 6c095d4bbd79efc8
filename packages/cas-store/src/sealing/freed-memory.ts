/** Node's pool for small buffers, of which many share one piece, is no larger than this. */
const poolBytesMax = 64 * 2 ** 10
/** What is smaller is cheap to collect, and cut from that pool. */
const freedBytesMin = 4 * 2 ** 10

/**
 * Gives memory back to the system at once. V8 does not feel the weight of memory outside its heap: garbage of that kind
 * was measured to pile up to 1,300 MiB. The caller must be the only one who has it; whatever views of it there are
 * become empty. What is shared with other threads, or may be part of a pool, is left to the collector.
 */
export function freeMemory({ buffer, length }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < freedBytesMin) return
  if (length === buffer.byteLength || buffer.byteLength > poolBytesMax) buffer.transfer(0)
}
