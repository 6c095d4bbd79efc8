import { FlotillaError } from '@flotilla/core/errors'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { Watchers, type ProcessQuery } from '@flotilla/procmon'
import type { WallChannel } from '../contract.ts'
import type { OrderSigner, Packing, SharedKey } from '../own/index.ts'
import type { QgaEnding } from '../qga/client/index.ts'
import { findChannels, type FolderReader } from './channel-finding.ts'
import type { ChannelPattern } from './channel-patterns.ts'
import type { FoundChannel, GuestHost, VmMetrics, VmOrder, VmOutcome, VmQgaCall, VmSummary } from './contract.ts'
import { processListArguments, readGuestProcesses, type GuestProcesses } from './guest-processes.ts'
import { validateGuestHostLimits, type GuestHostLimits } from './limits.ts'
import type { LinkParts, VmParts } from './link-parts.ts'
import { SharedRoom } from './shared-room.ts'
import { VmDriver } from './vm-driver.ts'
import { VmRecord } from './vm-record.ts'

export interface GuestHostOptions {
  /** Where channels are; see `channelPattern`. */
  readonly patterns: readonly ChannelPattern[]
  readonly folders: FolderReader
  /** A channel that connects to this socket, again and again until it is disposed. */
  readonly openChannel: (path: string) => WallChannel
  readonly clock: Clock
  readonly entropy: Entropy
  readonly logger?: Logger
  /** What guests may pack their metrics with. */
  readonly packing?: Packing
  /**
   * The key that was installed in that machine; without one it is spoken with in the clear. Asked again while its agent
   * does not answer. Where it throws, the machine is not spoken with in our own dialect, and its message is shown.
   */
  readonly keyOf?: (vm: string) => SharedKey | undefined
  /** Signs unsafe orders. */
  readonly signer?: OrderSigner
  /** How often all guests are to send figures, and which; their own settings hold without it. */
  readonly metrics?: LinkParts['metrics']
  readonly limits?: Partial<GuestHostLimits>
}

/** Looks after the virtual machines of this host until it is disposed. */
export function createGuestHost(options: GuestHostOptions): GuestHost {
  return new ChannelHost(options)
}

class ChannelHost implements GuestHost {
  readonly #options: GuestHostOptions
  readonly #limits: GuestHostLimits
  readonly #logger: Logger
  readonly #room: SharedRoom
  readonly #vms = new Map<string, VmDriver>()
  readonly #watchers: Watchers<readonly VmSummary[]>
  readonly #closing = new Set<Promise<void>>()
  #looking: Promise<void> = Promise.resolve()
  #timer: Disposable | undefined
  #telling: Disposable | undefined
  /** The first turn to be asked for the first time that nobody has yet. */
  #nextTurnAt = 0 as Millis
  #isFull = false
  #isClosed = false
  #patterns: readonly ChannelPattern[]

  constructor(options: GuestHostOptions) {
    this.#options = options
    this.#patterns = options.patterns
    this.#limits = validateGuestHostLimits(options.limits)
    this.#logger = options.logger ?? silentLogger
    this.#room = new SharedRoom(this.#limits.unfinishedBytesMax)
    this.#watchers = new Watchers({ watchersMax: this.#limits.watchersMax, what: 'the virtual machines' })
    this.#lookLater(0)
  }

  list(): readonly VmSummary[] {
    const all = [...this.#vms.values()].map(({ record }) => record.summary())
    return all.toSorted((one, other) => (one.vm < other.vm ? -1 : 1))
  }

  watch(options: { readonly signal?: AbortSignal } = {}): AsyncIterable<readonly VmSummary[]> {
    return this.#watchers.watch({ first: this.list(), signal: options.signal })
  }

  metrics(vm: string): VmMetrics {
    return this.#vm(vm).record.metrics()
  }

  configure(vm: string, metrics: NonNullable<LinkParts['metrics']>): void {
    this.#vm(vm).configure(metrics)
  }

  async order(vm: string, order: VmOrder): Promise<VmOutcome> {
    return this.#vm(vm).order(order)
  }

  async qga(vm: string, call: VmQgaCall): Promise<QgaEnding> {
    return this.#vm(vm).qga(call)
  }

  async processes(
    query: ProcessQuery,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<readonly (GuestProcesses & { readonly vm: string })[]> {
    const asked = [...this.#vms.values()].filter(({ record }) => record.about?.commands.includes('process.list'))
    const found: (GuestProcesses & { readonly vm: string })[] = []
    const ask = async (): Promise<void> => {
      for (let vm = asked.shift(); vm !== undefined && !signal.aborted; vm = asked.shift()) {
        const list = await this.#processesOf(vm, query, signal)
        if (list !== undefined) found.push({ vm: vm.record.vm, ...list })
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.#limits.processesAtOnce, asked.length) }, ask))
    return found
  }

  usePatterns(patterns: readonly ChannelPattern[]): void {
    this.#patterns = patterns
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    this.#telling?.[Symbol.dispose]()
    this.#watchers.close()
    await this.#looking
    for (const vm of this.#vms.values()) this.#close(vm)
    this.#vms.clear()
    await Promise.all(this.#closing)
  }

  #vm(name: string): VmDriver {
    const vm = this.#vms.get(name)
    if (vm !== undefined) return vm
    const shown = JSON.stringify(name.slice(0, 64))
    throw new FlotillaError('no-such-vm', `no virtual machine here is called ${shown}`, {
      hint: 'see `flotilla vm ls` for their names',
    })
  }

  #lookLater(durationMs: number): void {
    if (this.#isClosed) return
    const { clock } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), durationMs), () => {
      this.#looking = this.#look().then(() => this.#lookLater(this.#limits.findEveryMs))
    })
  }

  async #look(): Promise<void> {
    try {
      const { folders, clock } = this.#options
      const found = await findChannels(this.#patterns, folders, this.#limits)
      if (this.#isClosed) return
      this.#take(found)
      const now = clock.now()
      for (const vm of this.#vms.values()) vm.tick(now)
    } catch (error) {
      this.#logger.error({ err: error }, 'channels of virtual machines could not be looked for; it is tried again')
    }
  }

  #take(found: readonly FoundChannel[]): void {
    const byVm = Map.groupBy(found, ({ vm }) => vm)
    let isChanged = false
    for (const [name, vm] of this.#vms) {
      if (byVm.has(name)) continue
      this.#vms.delete(name)
      this.#close(vm)
      isChanged = true
    }
    for (const [name, channels] of byVm) {
      const vm = this.#vms.get(name) ?? this.#added(name)
      if (vm === undefined) continue
      const pathOf = (dialect: 'own' | 'qga'): string | undefined =>
        channels.find((channel) => channel.dialect === dialect)?.path
      vm.use({ own: pathOf('own'), qga: pathOf('qga') })
      isChanged = true
    }
    if (isChanged) this.#changed()
  }

  #added(name: string): VmDriver | undefined {
    const { vmsMax, historyPointsMax } = this.#limits
    if (this.#vms.size >= vmsMax) {
      if (!this.#isFull)
        this.#logger.warn({ vmsMax, vm: name }, 'there are more virtual machines than are looked after')
      this.#isFull = true
      return undefined
    }
    this.#isFull = false
    const { clock, entropy, openChannel, packing, keyOf, signer, metrics } = this.#options
    const record = new VmRecord(name, clock.wallNow(), historyPointsMax)
    const parts: VmParts = {
      record,
      clock,
      entropy,
      openChannel,
      packing,
      signer,
      metrics,
      logger: this.#logger,
      limits: this.#limits,
      room: this.#room,
      keyOf: () => keyOf?.(name),
      onChange: () => this.#changed(),
    }
    const vm = new VmDriver(parts, this.#turn(clock.now()))
    this.#vms.set(name, vm)
    return vm
  }

  /**
   * When a machine that was just found is met: a few at once, and the others in turn, as else a node that begins with a
   * thousand of them would ask all at once, and be told figures by all at once from then on.
   */
  #turn(now: Millis): Millis {
    const { metAtOnceMax, metPerSecondMax } = this.#limits
    const apartMs = 1_000 / metPerSecondMax
    // Machines that came and went in a hurry have used up turns that nobody waits for.
    const latest = after(now, this.#vms.size * apartMs)
    const turn = Math.min(Math.max(now, this.#nextTurnAt), latest) as Millis
    this.#nextTurnAt = after(turn, apartMs)
    return Math.max(now, turn - (metAtOnceMax - 1) * apartMs) as Millis
  }

  /** Many changes are told as one. */
  #changed(): void {
    if (this.#telling !== undefined || this.#watchers.count === 0 || this.#isClosed) return
    const { clock } = this.#options
    this.#telling = clock.wakeAt(after(clock.now(), this.#limits.toldEveryMs), () => {
      this.#telling = undefined
      this.#watchers.tell(this.list())
    })
  }

  #close(vm: VmDriver): void {
    const closed = vm[Symbol.asyncDispose]()
    this.#closing.add(closed)
    void closed.finally(() => this.#closing.delete(closed))
  }

  async #processesOf(vm: VmDriver, query: ProcessQuery, outer: AbortSignal): Promise<GuestProcesses | undefined> {
    const { clock } = this.#options
    const { processesMs: timeoutMs } = this.#limits
    const late = new AbortController()
    const signal = AbortSignal.any([outer, late.signal])
    const given = Promise.withResolvers<undefined>()
    signal.addEventListener('abort', () => given.resolve(undefined), { once: true })
    using _timer = clock.wakeAt(after(clock.now(), timeoutMs), () => late.abort())
    const order = vm.order({
      command: 'process.list',
      arguments: processListArguments(query),
      actor: 'a list of processes',
      timeoutMs,
      signal,
    })
    const outcome = await Promise.race([order, given.promise])
    return outcome?.ending.type === 'done' ? readGuestProcesses(outcome.ending.value, query) : undefined
  }
}
