import { closeSync, constants, openSync, readSync } from 'node:fs'
import { Socket } from 'node:net'
import { portLimits, type PortSettings } from './limits.ts'
import { writeWhileRoom } from './node-socket-writing.ts'
import { codeOf, portTrouble } from './port-trouble.ts'
import type { OpenPort, PortWay, PortWayEvents } from './port-way.ts'

interface PipeBinding {
  readonly Pipe: new (type: number) => { open(descriptor: number): number | undefined; close(): void }
  readonly constants: { readonly SOCKET: number }
}

/**
 * A handle of libuv's over the device: real epoll, no thread, nothing pending when we end. Node offers it to itself
 * only, so it may be missing some day: undefined then.
 */
export function pipeWay(find: () => string, settings: PortSettings): PortWay | undefined {
  const binding = pipeBinding()
  if (binding === undefined) return undefined
  return {
    name: 'pipe-handle',
    open: (events) => {
      return new PipePort({ descriptor: openedDevice(find()), binding, events, settings })
    },
  }
}

function openedDevice(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  } catch (error) {
    throw portTrouble(path, error)
  }
}

function pipeBinding(): PipeBinding | undefined {
  try {
    // The types know it as deprecated, which it is, and not what it returns.
    const { binding } = process as unknown as { readonly binding?: (name: string) => Partial<PipeBinding> }
    const found = binding?.call(process, 'pipe_wrap')
    const { Pipe, constants: kinds } = found ?? {}
    return typeof Pipe === 'function' && typeof kinds?.SOCKET === 'number' ? { Pipe, constants: kinds } : undefined
  } catch {
    // Also where the permission model forbids it. Which way is used is said by `--diagnose`.
    return undefined
  }
}

interface PipePortOptions {
  readonly descriptor: number
  readonly binding: PipeBinding
  readonly events: PortWayEvents
  readonly settings: PortSettings
}

class PipePort implements OpenPort {
  readonly #options: PipePortOptions
  /** Made once: a large one for each look cost 2 % of a processor, and 7 MB. */
  readonly #probe = new Uint8Array(portLimits.probeBytes)
  #socket: Socket | undefined
  #isOver = false

  constructor(options: PipePortOptions) {
    this.#options = options
  }

  /** A handle that is wrapped while the host is away gets the end at once and stays dead, hence the probe. */
  look(): void {
    if (this.#socket !== undefined || this.#isOver) return
    const { descriptor, events } = this.#options
    let length = 0
    try {
      length = readSync(descriptor, this.#probe)
      if (length === 0) return
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') return this.#fail(error)
    }
    if (!this.#wrap()) return
    // Not before the caller knows which port this is.
    queueMicrotask(() => {
      if (this.#isOver) return
      events.onHost(true)
      if (length > 0 && !this.#isOver) events.onBytes(this.#probe.subarray(0, length))
    })
  }

  write(bytes: Uint8Array): number {
    const socket = this.#socket
    if (socket === undefined || this.#isOver) return 0
    return writeWhileRoom(socket, bytes, this.#options.settings.unwrittenBytesMax)
  }

  close(): Promise<void> {
    if (this.#isOver && this.#socket === undefined) return Promise.resolve()
    this.#isOver = true
    const socket = this.#socket
    if (socket === undefined) {
      closeSync(this.#options.descriptor)
      return Promise.resolve()
    }
    const closed = Promise.withResolvers<void>()
    socket.once('close', () => closed.resolve())
    if (socket.closed) closed.resolve()
    socket.destroy()
    return closed.promise
  }

  #wrap(): boolean {
    const { descriptor, binding, events, settings } = this.#options
    const handle = new binding.Pipe(binding.constants.SOCKET)
    try {
      // Node throws what goes wrong here; older ones return its number.
      const failure = handle.open(descriptor)
      if (failure !== undefined && failure !== 0) throw new Error(`libuv does not take the device: ${failure}`)
    } catch (error) {
      this.#fail(error)
      return false
    }
    const options = { handle, allowHalfOpen: true, writableHighWaterMark: settings.unwrittenBytesMax }
    const socket = new Socket(options as object)
    this.#socket = socket
    let trouble: unknown
    socket.on('data', (bytes) => {
      if (!this.#isOver) events.onBytes(bytes)
    })
    socket.on('drain', () => {
      if (!this.#isOver) events.onRoom()
    })
    // At once: a handle with a write pending and the host gone keeps a whole processor busy.
    socket.on('end', () => socket.destroy())
    socket.on('error', (error) => {
      trouble = hostHasGone(error) ? undefined : error
    })
    socket.on('close', () => {
      if (this.#isOver) return
      this.#isOver = true
      events.onLost(trouble)
    })
    return true
  }

  #fail(error: unknown): void {
    this.#isOver = true
    closeSync(this.#options.descriptor)
    queueMicrotask(() => this.#options.events.onLost(error))
  }
}

/** What a write says when the host goes in the midst of it. */
function hostHasGone(error: unknown): boolean {
  return ['EPIPE', 'ECONNRESET', 'EAGAIN'].includes(codeOf(error) ?? '')
}
