import { connect, createServer, type Server, type Socket } from 'node:net'
import { assert } from '@flotilla/core/errors'
import { Backoff } from '@flotilla/core/machines'
import type { Prng } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import type { WallChannel, WallChannelEvents } from '../contract.ts'
import { portSettings, type PortSettings } from './limits.ts'
import { writeWhileRoom } from './node-socket-writing.ts'
import { portTrouble } from './port-trouble.ts'

/** A Unix socket, a named pipe of Windows (`\\.\pipe\NAME`, which is a path too), or TCP. */
export type SocketPlace = { readonly path: string } | { readonly host: string; readonly port: number }

export interface SocketChannelOptions {
  readonly place: SocketPlace
  /** `connect` is tried again for ever; `listen` takes one connection at a time and turns others away. */
  readonly role: 'connect' | 'listen'
  readonly clock: Clock
  readonly prng: Prng
  readonly settings?: Partial<PortSettings>
}

/** A channel through a socket: for the host's side, and where there is no virtio port. */
export function socketChannel(options: SocketChannelOptions): WallChannel {
  return new SocketChannel(options)
}

class SocketChannel implements WallChannel {
  readonly #options: SocketChannelOptions
  readonly #settings: PortSettings
  readonly #backoff: Backoff
  readonly #name: string
  #events: WallChannelEvents | undefined
  /** The one connection; the other side is there while it is set. */
  #socket: Socket | undefined
  /** What connects, and is not connected yet. */
  #attempt: Socket | undefined
  #server: Server | undefined
  #wake: Disposable | undefined
  #isDisposed = false

  constructor(options: SocketChannelOptions) {
    this.#options = options
    this.#settings = portSettings(options.settings)
    const { retryMsFirst, retryMsMax } = this.#settings
    const backoff = { firstMs: Math.min(retryMsFirst, retryMsMax), capMs: retryMsMax, jitter: 'equal' } as const
    this.#backoff = new Backoff(options.prng, backoff)
    this.#name = 'path' in options.place ? options.place.path : `${options.place.host}:${options.place.port}`
  }

  begin(events: WallChannelEvents): void {
    assert(this.#events === undefined, 'a channel begins once')
    this.#events = events
    this.#wakeIn(0)
  }

  write(bytes: Uint8Array): number {
    const socket = this.#socket
    return socket === undefined ? 0 : writeWhileRoom(socket, bytes, this.#settings.unwrittenBytesMax)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    this.#wake?.[Symbol.dispose]()
    this.#attempt?.destroy()
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
    const server = this.#server
    if (server?.listening === true) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  #wakeIn(durationMs: number): void {
    if (this.#isDisposed) return
    const { clock, role } = this.#options
    this.#wake = clock.wakeAt(after(clock.now(), durationMs), () => {
      if (role === 'connect') this.#connect()
      else this.#listen()
    })
  }

  #connect(): void {
    const socket = connect({ ...this.#options.place, writableHighWaterMark: this.#settings.unwrittenBytesMax } as never)
    this.#attempt = socket
    const refuse = (error: Error): void => {
      if (!this.#isDisposed) this.#retry(error)
    }
    socket.once('error', refuse)
    socket.once('connect', () => {
      socket.off('error', refuse)
      this.#attempt = undefined
      if (!this.#isDisposed) this.#take(socket)
    })
  }

  #listen(): void {
    const options = { highWaterMark: this.#settings.unwrittenBytesMax }
    const server = createServer(options, (socket) => {
      // One at a time, as a virtio port: whoever comes second could not be told from the first.
      if (this.#socket !== undefined || this.#isDisposed) socket.destroy()
      else this.#take(socket)
    })
    this.#server = server
    server.on('error', (error) => {
      if (!this.#isDisposed) this.#retry(error)
    })
    server.listen(this.#options.place)
  }

  #take(socket: Socket): void {
    const events = this.#events
    this.#socket = socket
    this.#backoff.reset()
    const isCurrent = (): boolean => this.#socket === socket && !this.#isDisposed
    let trouble: Error | undefined
    socket.on('data', (bytes) => {
      if (isCurrent()) events?.onBytes(bytes)
    })
    socket.on('drain', () => {
      if (isCurrent()) events?.onRoom()
    })
    // The other side has finished; what it would still read is nothing to us.
    socket.on('end', () => socket.destroy())
    socket.on('error', (error) => (trouble = error))
    socket.on('close', () => {
      if (!isCurrent()) return
      this.#socket = undefined
      // A listener goes on listening.
      if (this.#options.role === 'connect') this.#wakeIn(this.#backoff.nextMs())
      events?.onPeer(false)
      if (trouble !== undefined && !this.#isDisposed) events?.onTrouble(portTrouble(this.#name, trouble))
    })
    events?.onPeer(true)
  }

  #retry(error: Error): void {
    this.#wakeIn(this.#backoff.nextMs())
    this.#events?.onTrouble(portTrouble(this.#name, error))
  }
}
