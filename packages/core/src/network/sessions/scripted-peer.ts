import { FlotillaError, ProtocolError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { validateNetworkLimits, type NetworkLimits } from '../index.ts'
import type { HandlerFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import type { Left } from './session-context.ts'
import { SessionNetwork } from './session-network.ts'

export const self: NodeId = 'self' as NodeId
export const peer: NodeId = 'peer' as NodeId

/** For tests: a node whose one peer is played by the test, frame by frame. Streams of the node have even numbers. */
export class ScriptedPeer {
  readonly clock: ManualClock = new ManualClock()
  readonly failures: HandlerFailure[] = []
  readonly network: SessionNetwork
  /** What the node sent, in order, payloads copied; the test may empty it. */
  readonly sent: Frame[] = []
  readonly #unsent: { readonly left: Left | undefined; readonly bytes: number }[] = []
  #connection = { open: false }

  constructor(limits: Partial<NetworkLimits> = {}) {
    this.network = new SessionNetwork({
      self,
      limits: validateNetworkLimits(limits),
      clock: this.clock,
      onHandlerError: (failure) => this.failures.push(failure),
    })
    this.connect()
  }

  connect(): void {
    const connection = { open: true }
    this.#connection = connection
    this.network.connected(peer, 0, (frame, left) => {
      if (!connection.open) throw new Error(`${frame.kind} is sent over a connection that is gone`)
      const payload = 'payload' in frame ? new Uint8Array(frame.payload) : undefined
      this.sent.push(payload === undefined ? frame : ({ ...frame, payload } as Frame))
      this.#unsent.push({ left, bytes: payload?.byteLength ?? 0 })
    })
  }

  disconnect(): void {
    this.#connection.open = false
    this.network.disconnected(peer)
  }

  /** How many frames have not left. */
  get unsent(): number {
    return this.#unsent.length
  }

  kinds(): readonly string[] {
    return this.sent.map(({ kind }) => kind)
  }

  /** Takes out of what was sent all frames of that kind. */
  take<Kind extends Frame['kind']>(kind: Kind): readonly (Frame & { readonly kind: Kind })[] {
    const taken = this.sent.filter((frame) => frame.kind === kind) as (Frame & { readonly kind: Kind })[]
    const others = this.sent.filter((frame) => frame.kind !== kind)
    this.sent.splice(0, this.sent.length, ...others)
    return taken
  }

  /** The oldest so many frames leave; those in a row that were sent with the same function are told in one call. */
  leave(count: number = this.#unsent.length): void {
    const leaving = this.#unsent.splice(0, count)
    for (let next = leaving.shift(); next !== undefined; next = leaving.shift()) {
      let [frames, bytes] = [1, next.bytes]
      while (leaving[0] !== undefined && leaving[0].left === next.left) {
        frames++
        bytes += leaving.shift()?.bytes ?? 0
      }
      next.left?.(frames, bytes)
    }
  }

  /** The peer sends that. */
  receive(frame: object): void {
    this.network.receive(peer, { channel: 'name', ...frame } as Frame)
  }

  /** What is wrong with that frame; undefined if nothing is. Whatever is thrown must be a protocol error. */
  complaint(frame: object): string | undefined {
    try {
      this.receive(frame)
      return undefined
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'unexpected-frame') return error.message
      throw error
    }
  }
}

/** The code that a call fails with. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call()
    return 'no error'
  } catch (error) {
    return error instanceof FlotillaError ? String(error.code) : String(error)
  }
}
