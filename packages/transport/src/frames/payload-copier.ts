/** Longer payloads get memory of their own. */
const sharedBytesMax = 1_024
const sharedRoomBytes = 8_192

/**
 * Takes payloads out of what was received. Short ones share 8 KiB with their neighbours, as Node's small buffers do: an
 * array of its own costs more than half a microsecond, this a tenth of it. Whoever keeps a short payload for long keeps
 * up to 8 KiB, and should copy it. A long one that fills at least half of the memory that it came in keeps that memory:
 * copying all data of streams once more cost a third of their throughput, most of it for collecting the garbage.
 */
export class PayloadCopier {
  #room: Uint8Array = new Uint8Array()
  #used = 0

  take(source: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start
    if (length > sharedBytesMax) return alone(source, start, end)
    if (this.#used + length > this.#room.byteLength) {
      this.#room = new Uint8Array(sharedRoomBytes)
      this.#used = 0
    }
    const at = this.#used
    this.#used += length
    if (length > 0) this.#room.set(source.subarray(start, end), at)
    return this.#room.subarray(at, at + length)
  }
}

/** (Neither `slice` nor `subarray`: those of a `Buffer` are views that are Buffers.) */
function alone(source: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start
  const fillsHalf = 2 * length >= source.buffer.byteLength
  if (fillsHalf) return new Uint8Array(source.buffer, source.byteOffset + start, length)
  return new Uint8Array(source.subarray(start, end))
}
