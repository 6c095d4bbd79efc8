import type { Socket } from 'node:net'

/**
 * Hands a copy of the bytes to the socket, as far as there is room; how many. After less than all the socket is full
 * and says `drain` some day, if its own mark is `unwrittenBytesMax` too.
 */
export function writeWhileRoom(socket: Socket, bytes: Uint8Array, unwrittenBytesMax: number): number {
  let taken = 0
  while (taken < bytes.length) {
    // What the system takes at once is written when `write` returns, so there may be room again, and no `drain` then.
    const room = unwrittenBytesMax - socket.writableLength
    if (room <= 0 || !socket.writable) break
    const piece = Uint8Array.from(bytes.subarray(taken, taken + room))
    socket.write(piece)
    taken += piece.length
  }
  return taken
}
