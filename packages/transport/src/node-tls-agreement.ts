import type { TLSSocket } from 'node:tls'
import { ProtocolError } from '@flotilla/core/errors'
import { PeerRefused } from './node-tls-refusals.ts'
import { encodeVerdict, VerdictReader } from './node-tls-verdict.ts'

/** Tells the far end that it is welcome. */
export function welcome(socket: TLSSocket): void {
  socket.write(encodeVerdict({ refusal: undefined }))
}

/**
 * Tells the far end why it is not, and ends. What it still sends is thrown away, for to close with unread bytes would
 * reset the connection, and the sentence would be lost. The caller destroys the socket if it does not close by itself.
 */
export function sayRefusal(socket: TLSSocket, sentence: string): void {
  socket.resume()
  socket.end(encodeVerdict({ refusal: sentence }))
}

/**
 * Resolves when the far end has said that we are welcome; what it sent after that waits in the paused socket. Rejects
 * with a `PeerRefused` if it refused us, hung up, or said something else.
 */
export function heardWelcome(socket: TLSSocket): Promise<void> {
  const reader = new VerdictReader()
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.off('data', take)
      socket.off('close', hungUp)
      socket.pause()
    }
    const refused = (refusal: PeerRefused): void => {
      stop()
      reject(refusal)
    }
    const take = (bytes: Uint8Array): void => {
      try {
        const verdict = reader.push(bytes)
        if (verdict === undefined) return
        if (verdict.refusal !== undefined) return refused(new PeerRefused('refused-by-peer', verdict.refusal))
        stop()
        if (verdict.rest.length > 0) socket.unshift(verdict.rest)
        resolve()
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        refused(new PeerRefused('tls-error', error.sentence, error))
      }
    }
    const hungUp = (): void =>
      refused(new PeerRefused('hung-up', 'the far end closed the connection during the handshake'))
    if (socket.closed) return hungUp()
    socket.on('data', take)
    socket.once('close', hungUp)
    socket.resume()
  })
}
