import { silentLogger, type Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type {
  CommandOrder,
  CommandOutcome,
  GuestCommands,
  GuestFigures,
  GuestMetrics,
  MetricsDetail,
  WallChannel,
} from '../contract.ts'
import {
  checkSharedKey,
  validateOwnGuestLimits,
  type OrderTrust,
  type OwnGuestLimits,
  type Packing,
  type SharedKey,
} from '../own/index.ts'
import { ChannelWriter } from '../lines/index.ts'
import { OwnGuestCore } from './own-core.ts'
import type { OwnEffect, OwnInput, RefusedCommand } from './own-events.ts'

export interface OwnGuestOptions {
  readonly channel: WallChannel
  readonly commands: GuestCommands
  readonly figures: GuestFigures
  readonly clock: Clock
  readonly entropy: Entropy
  /** The guest's name for itself, the same for ever: signatures are over it. */
  readonly guest: string
  readonly agentVersion: string
  /** Default `brief`. */
  readonly detail?: MetricsDetail
  /** Without it metrics are sent as they are. */
  readonly packing?: Packing
  /** With it only hosts that have it too are spoken with. */
  readonly key?: SharedKey
  /** Who may sign orders. Without it no order counts as signed. */
  readonly trust?: OrderTrust
  readonly limits?: Partial<OwnGuestLimits>
  readonly logger?: Logger
  /** Told of commands that never reach `commands`: forged, replayed, unknown, or too many. */
  readonly onRefused?: (refused: RefusedCommand) => void
}

export interface OwnGuest extends AsyncDisposable {
  /** That a host has been welcomed and is not gone. */
  readonly hasSession: boolean
  /** From now on, until the host changes it. */
  configure(metrics: { readonly intervalMs: number; readonly detail: MetricsDetail }): void
}

/**
 * Speaks our own dialect on a channel until it is disposed; commands under way are given up then, and waited for. The
 * channel, the commands and the figures stay their owner's, but the channel must not be used for anything else.
 */
export function serveOwn(options: OwnGuestOptions): OwnGuest {
  return new OwnGuestDriver(options)
}

class OwnGuestDriver implements OwnGuest {
  readonly #options: OwnGuestOptions
  readonly #core: OwnGuestCore
  readonly #writer: ChannelWriter
  readonly #logger: Logger
  readonly #runs = new Map<number, AbortController>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  #timer: Disposable | undefined

  constructor(options: OwnGuestOptions) {
    const { channel, clock, logger = silentLogger } = options
    if (options.key !== undefined) checkSharedKey(options.key)
    this.#options = options
    this.#logger = logger
    this.#core = new OwnGuestCore({
      guest: options.guest,
      agentVersion: options.agentVersion,
      entropy: options.entropy,
      limits: validateOwnGuestLimits(options.limits),
      detail: options.detail ?? 'brief',
      packing: options.packing,
      key: options.key,
      trust: options.trust,
      supported: () => options.commands.supported(),
      wallNow: () => clock.wallNow(),
    })
    this.#writer = new ChannelWriter(channel, () => this.#core.nextLine())
    channel.begin({
      onPeer: (isThere) => {
        this.#writer.meet(isThere)
        this.#turn({ type: 'peer', isThere })
      },
      onBytes: (bytes) => this.#turn({ type: 'bytes', bytes }),
      onRoom: () => {
        this.#writer.makeRoom()
        this.#turn({ type: 'wake' })
      },
      onTrouble: (error) => logger.warn({ err: error }, "the agent's channel cannot be used now"),
    })
  }

  get hasSession(): boolean {
    return this.#core.hasSession
  }

  configure({ intervalMs, detail }: { readonly intervalMs: number; readonly detail: MetricsDetail }): void {
    validateOwnGuestLimits({ metricsIntervalMs: intervalMs })
    this.#core.configure(intervalMs, detail)
    this.#turn({ type: 'wake' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    if (!this.#closing.signal.aborted) this.#closing.abort(new Error('the agent is being closed'))
    for (const run of this.#runs.values()) run.abort(this.#closing.signal.reason)
    await Promise.all(this.#underWay)
  }

  #turn(input: OwnInput): void {
    if (this.#closing.signal.aborted) return
    this.#core.step(this.#options.clock.now(), input)
    for (const effect of this.#core.drain()) this.#perform(effect)
    this.#writer.pump()
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#options.clock.wakeAt(this.#core.deadline(), () => this.#turn({ type: 'wake' }))
  }

  #perform(effect: OwnEffect): void {
    switch (effect.type) {
      case 'run':
        return this.#follow(this.#run(effect.run, effect.order))
      case 'abort':
        return this.#runs.get(effect.run)?.abort(new Error(effect.why))
      case 'collect':
        return this.#follow(this.#collect(effect.collection, effect.detail))
      case 'refused':
        return this.#options.onRefused?.(effect.refused)
      case 'note':
        return this.#logger.info({}, effect.what)
    }
  }

  #follow(work: Promise<void>): void {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }

  async #run(run: number, order: CommandOrder): Promise<void> {
    const abort = new AbortController()
    this.#runs.set(run, abort)
    let outcome: CommandOutcome
    try {
      // Never within the turn that began it.
      await Promise.resolve()
      outcome = await this.#options.commands.run(order, {
        signal: abort.signal,
        progress: (piece) => this.#turn({ type: 'progress', run, piece }),
      })
    } catch (error) {
      this.#logger.error({ err: error, command: order.command }, 'a command failed that should have told why')
      outcome = { type: 'failed', code: 'failed', message: 'the agent failed at this command; its log says why' }
    }
    this.#runs.delete(run)
    this.#turn({ type: 'ended', run, outcome })
  }

  async #collect(collection: number, detail: MetricsDetail): Promise<void> {
    let metrics: GuestMetrics | undefined
    try {
      metrics = await this.#options.figures.collect(detail, this.#closing.signal)
    } catch (error) {
      this.#logger.warn({ err: error }, 'the metrics of this guest could not be collected')
    }
    await Promise.resolve()
    this.#turn({ type: 'collected', collection, metrics })
  }
}
