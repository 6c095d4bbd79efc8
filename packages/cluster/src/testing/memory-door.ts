import { FlotillaError } from '@flotilla/core/errors'
import type { DoorPipe } from '../ports.ts'

export interface MemoryDoorOptions {
  /** What both ends know of their one connection; an end may be given another, as behind somebody in the middle. */
  readonly exporter?: Uint8Array
  readonly hostExporter?: Uint8Array
  /** Sees each piece on its way, and may change it, hold it up, or end everything by throwing. */
  readonly relay?: (bytes: Uint8Array, to: 'host' | 'newcomer') => Uint8Array | Promise<Uint8Array>
}

export interface MemoryDoor {
  readonly newcomer: DoorPipe
  readonly host: DoorPipe
}

/** Both ends of a door, in memory. */
export function memoryDoor(options: MemoryDoorOptions = {}): MemoryDoor {
  const { exporter = new Uint8Array(32).fill(7), hostExporter = exporter, relay = (bytes) => bytes } = options
  const toHost = new Lane((bytes) => relay(bytes, 'host'))
  const toNewcomer = new Lane((bytes) => relay(bytes, 'newcomer'))
  const end = (own: Uint8Array, incoming: Lane, outgoing: Lane): DoorPipe => ({
    exporter: own,
    read: () => incoming.read(),
    write: (bytes) => outgoing.write(bytes),
    end: () => outgoing.end(),
    destroy() {
      incoming.destroy()
      outgoing.destroy()
    },
  })
  return { newcomer: end(exporter, toNewcomer, toHost), host: end(hostExporter, toHost, toNewcomer) }
}

/** One direction. */
class Lane {
  readonly #relay: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>
  readonly #pieces: Uint8Array[] = []
  #state: 'open' | 'ended' | 'destroyed' = 'open'
  #wake: () => void = () => {}

  constructor(relay: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>) {
    this.#relay = relay
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#state !== 'open') throw closed()
    const passed = await this.#relay(bytes.slice())
    this.#pieces.push(passed)
    this.#wake()
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (this.#state === 'destroyed') throw closed()
      const piece = this.#pieces.shift()
      if (piece !== undefined) yield piece
      else if (this.#state === 'ended') return
      else await this.#changed()
    }
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended'
    this.#wake()
  }

  destroy(): void {
    this.#state = 'destroyed'
    this.#wake()
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function closed(): FlotillaError {
  return new FlotillaError('door-closed', 'the door is closed')
}
