import type { CommandOutcome, JsonValue } from '../contract.ts'
import { talkToGuest, type OrderEnding, type OwnHost, type OwnHostEffect } from '../own/index.ts'
import type { VmOrder, VmOutcome } from './contract.ts'
import { GuardedChannel } from './guarded-channel.ts'
import type { LinkParts } from './link-parts.ts'

interface Pending {
  readonly order: VmOrder
  readonly resolve: (outcome: VmOutcome) => void
}

/** Our own dialect with one machine, through one socket. */
export class OwnLink implements AsyncDisposable {
  readonly path: string
  readonly key: LinkParts['key']
  readonly #parts: LinkParts
  readonly #channel: GuardedChannel
  readonly #host: OwnHost
  readonly #pending = new Map<number, Pending>()
  #lastTicket = 0
  #isClosed = false

  constructor(path: string, parts: LinkParts) {
    const { record, clock, entropy, limits, room, openChannel, packing, key, signer, metrics } = parts
    const wallNow = (): number => clock.wallNow()
    this.path = path
    this.key = key
    this.#parts = parts
    this.#channel = new GuardedChannel({
      open: () => openChannel(path),
      clock,
      limits,
      room,
      onHeldOff: (isHeldOff, why) => {
        record.heldOff('own', isHeldOff, why, wallNow())
        parts.onChange()
      },
      onConnected: (isThere) => {
        record.connected('own', isThere, wallNow())
        parts.onChange()
      },
    })
    const { lineBytesMax, linesPerSecondMax } = limits
    this.#host = talkToGuest({
      channel: this.#channel,
      clock,
      entropy,
      limits: { lineBytesMax, linesPerSecondMax },
      onEffect: (effect) => this.#perform(effect),
      onChannelTrouble: (error) => {
        record.unreachable('own', error instanceof Error ? error.message : String(error), wallNow())
        parts.onChange()
      },
      ...(packing === undefined ? {} : { packing }),
      ...(key === undefined ? {} : { key }),
      ...(signer === undefined ? {} : { signer }),
      ...(metrics === undefined ? {} : { metrics }),
    })
  }

  configure(metrics: NonNullable<LinkParts['metrics']>): void {
    this.#host.configure(metrics)
  }

  give(order: VmOrder): Promise<VmOutcome> {
    const { signal } = order
    if (this.#isClosed) return Promise.resolve({ ending: gone, dropped: 0 })
    if (signal?.aborted === true) return Promise.resolve({ ending: cancelled, dropped: 0 })
    const ticket = ++this.#lastTicket
    const { command, arguments: given, actor, timeoutMs } = order
    const isSigned = order.isSigned ?? (command.startsWith('unsafe.') && this.#parts.signer !== undefined)
    return new Promise((resolve) => {
      const cancel = (): void => this.#host.cancel(ticket)
      signal?.addEventListener('abort', cancel, { once: true })
      this.#pending.set(ticket, {
        order,
        resolve(outcome) {
          signal?.removeEventListener('abort', cancel)
          resolve(outcome)
        },
      })
      this.#host.give({ ticket, command, arguments: given, actor, timeoutMs, isSigned })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#host[Symbol.asyncDispose]()
    await this.#channel[Symbol.asyncDispose]()
  }

  #perform(effect: OwnHostEffect): void {
    const { record, clock, logger, onChange } = this.#parts
    if (effect.type === 'progress') return this.#pending.get(effect.ticket)?.order.onProgress?.(effect.piece)
    if (effect.type === 'ended') {
      const { ticket, ending, dropped } = effect
      const pending = this.#pending.get(ticket)
      this.#pending.delete(ticket)
      return pending?.resolve({ ending, dropped })
    }
    if (effect.type === 'trouble') logger.warn({ vm: record.vm, what: effect.what }, 'a guest sent what is no use')
    if (record.own(effect, clock.wallNow())) onChange()
    // Never within the turn that told it.
    if (effect.type === 'welcomed' && effect.about.commands.includes('info')) queueMicrotask(() => void this.#meet())
  }

  /** Which system it is, for people; its figures do not say so. */
  async #meet(): Promise<void> {
    const order = { command: 'info', arguments: {}, actor: 'the host itself', timeoutMs: infoMs } as const
    const { ending } = await this.give(order)
    const name = ending.type === 'done' ? systemNameIn(ending.value) : undefined
    if (name === undefined) return
    this.#parts.record.named(name)
    this.#parts.onChange()
  }
}

const infoMs = 10_000

function systemNameIn(value: JsonValue): string | undefined {
  const { os } = (value ?? {}) as { readonly os?: { readonly prettyName?: unknown } | null }
  const name = os?.prettyName
  return typeof name === 'string' && name !== '' ? name : undefined
}

const gone: OrderEnding = { type: 'lost', mayHaveRun: false, message: 'its channel is gone' }
const cancelled: CommandOutcome = { type: 'failed', code: 'cancelled', message: 'it was cancelled before it was sent' }
