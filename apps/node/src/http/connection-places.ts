import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Emitted by a request when it is known that who asked may ask. */
export const admitted = 'admitted'
/** Emitted by a request when it takes a while to find out whether who asks may, of which there is little at a time. */
export const beingLookedAt = 'being-looked-at'

export interface ConnectionPlacesOptions {
  readonly server: Server
  readonly most: number
  /** Somebody was turned away, or made room for somebody else. */
  readonly onRefused: () => void
}

/** Gives the places of a server from now on. */
export function givePlaces(options: ConnectionPlacesOptions): void {
  const { server } = options
  const places = new ConnectionPlaces(options)
  server.on('connection', (socket: Socket) => places.take(socket))
  server.on('request', (request, response) => places.serve(request, response))
}

interface Place {
  readonly socket: Socket
  /** Requests that are being answered to somebody who may ask, or of whom that is just being found out. */
  served: number
  hasBeenServed: boolean
}

/**
 * There are so many places for connections, and whoever does nothing with his gives it to a newcomer: first those who
 * have not shown yet that they may ask anything, then those who have and ask nothing now, the one that has waited
 * longest first. So ten thousand connections that say nothing, or say it slowly, keep nobody out; and whoever is being
 * answered, as somebody who watches or sends, is not disturbed. Where all are being answered, the newcomer is turned
 * away.
 */
class ConnectionPlaces {
  readonly #options: ConnectionPlacesOptions
  /** In the order in which they began to wait. Over TLS, what requests come by is not what was accepted: hence keys. */
  readonly #places = new Map<string, Place>()

  constructor(options: ConnectionPlacesOptions) {
    this.#options = options
  }

  take(socket: Socket): void {
    const key = `${socket.remoteAddress} ${socket.remotePort}`
    const { most, onRefused } = this.#options
    if (this.#places.size >= most) {
      onRefused()
      const least = this.#least()
      if (least === undefined) {
        socket.destroy()
        return
      }
      this.#places.delete(least[0])
      least[1].socket.destroy()
    }
    const place = { socket, served: 0, hasBeenServed: false }
    this.#places.set(key, place)
    socket.once('close', () => {
      if (this.#places.get(key) === place) this.#places.delete(key)
    })
  }

  #least(): readonly [key: string, place: Place] | undefined {
    let idle: readonly [string, Place] | undefined
    for (const entry of this.#places) {
      if (entry[1].served > 0) continue
      if (!entry[1].hasBeenServed) return entry
      idle ??= entry
    }
    return idle
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    const key = `${socket.remoteAddress} ${socket.remotePort}`
    const place = this.#places.get(key)
    if (place === undefined) return
    const hold = (): void => {
      place.served++
      response.once('close', () => {
        place.served--
        // It waits anew.
        if (this.#places.delete(key)) this.#places.set(key, place)
      })
    }
    request.once(beingLookedAt, hold)
    request.once(admitted, () => {
      place.hasBeenServed = true
      hold()
    })
  }
}
