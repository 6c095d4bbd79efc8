import type { Disk } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import type { Guests } from '@flotilla/procmon'
import {
  auditedArguments,
  channelPattern,
  createGuestCluster,
  libvirtPatterns,
  type ChannelPattern,
  type GuestCluster,
  type GuestHost,
  type GuestOrderRecord,
  type SharedKey,
} from '@flotilla/virtio-agent'
import { openGuestHost } from '@flotilla/virtio-agent/node'
import { actorText, requireRole, type Caller } from '../http/caller.ts'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import type { AnyRoute } from '../http/route.ts'
import type { AuditService } from './audit.ts'
import { loneNetwork } from './lone-network.ts'
import { LookingRights, type Standings } from './looking-rights.ts'
import type { NodeReference } from './machine-answers.ts'
import { chosenNode } from './node-choice.ts'
import type { Settings } from '../settings/settings.ts'
import type { Service, ServiceParts } from './service.ts'
import type { VmMetricsAnswer, VmOrderEvent, VmsAnswer, VmsEvent } from './vm-answers.ts'
import { vmEntry, vmMetricsAnswer } from './vm-entry.ts'
import { VmGauges } from './vm-gauges.ts'
import { ProgressSending, type WantedOrder } from './vm-orders.ts'
import { vmRoutes } from './vm-routes.ts'
import { VmSharedKeys } from './vm-shared-keys.ts'
import { vmSigningKey } from './vm-signing-key.ts'

export interface VmsServiceOptions extends ServiceParts {
  readonly disk: Disk
  readonly dataFolder: string
  readonly self: NodeId
  readonly audit: AuditService
  /** Who could be meant by a name. */
  readonly known: () => readonly { readonly id: NodeId; readonly name: string }[]
}

/** What a cluster means for looking into the virtual machines of others. */
export interface VmsPlace extends Standings {
  readonly network: Network
}

interface Opened {
  readonly host: GuestHost
  readonly keys: VmSharedKeys
  readonly publicKey: string
}

/** The virtual machines of this node, and those of the others: how they are, and what is to be done in them. */
export class VmsService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: VmsServiceOptions
  readonly #host: GuestHost
  readonly #keys: VmSharedKeys
  readonly #rights: LookingRights
  readonly #gauges: VmGauges
  readonly #stopping = new AbortController()
  readonly #watching: Disposable
  #place: VmsPlace | undefined
  #cluster: GuestCluster

  static async open(options: VmsServiceOptions): Promise<VmsService> {
    const { clock, entropy, crypto, disk, settings } = options
    const logger = options.logger.child({ part: 'vms' })
    const secretKey = await vmSigningKey({ file: settings['vm-key'], disk, entropy })
    const patterns = patternsOf(settings['vm-channels'])
    const { dataFolder } = options
    const keys = await VmSharedKeys.open({ named: settings['vm-keys'], dataFolder, crypto, clock, logger })
    const keyOf = (vm: string): SharedKey | undefined => keys.keyOf(vm)
    const host = openGuestHost({ patterns, clock, entropy, logger, keyOf, signer: { crypto, secretKey } })
    const publicKey = Buffer.from(crypto.ed25519.publicKey(secretKey)).toString('hex')
    return new VmsService(options, { host, keys, publicKey })
  }

  private constructor(options: VmsServiceOptions, { host, keys, publicKey }: Opened) {
    this.#options = options
    this.#host = host
    this.#keys = keys
    this.#watching = options.watchSetting('vm-channels', () => {
      host.usePatterns(patternsOf(options.settings['vm-channels']))
    })
    this.#gauges = new VmGauges(options.metrics)
    const { self, settings } = options
    const allowed = (): Settings['process-control'] => settings['process-control']
    this.#rights = new LookingRights({ self, allowed, standings: () => this.#place })
    this.#cluster = this.#guestCluster(loneNetwork(self))
    this.routes = vmRoutes({
      list: (node) => this.#list(node),
      metrics: (vm, node) => this.#metrics(vm, node),
      watch: (events) => this.#watch(events),
      order: (wanted, caller, events) => this.#order(wanted, caller, events),
      publicKey,
    })
  }

  /** For lists of processes. */
  get guests(): Guests {
    return this.#host
  }

  /** At most once in the life of a node. */
  async begin(place: VmsPlace): Promise<void> {
    this.#place = place
    const alone = this.#cluster
    this.#cluster = this.#guestCluster(place.network)
    await alone[Symbol.asyncDispose]()
  }

  measure(): void {
    this.#gauges.set(this.#host.list())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#watching[Symbol.dispose]()
    await this.#cluster[Symbol.asyncDispose]()
    await this.#host[Symbol.asyncDispose]()
    await this.#keys[Symbol.asyncDispose]()
  }

  #guestCluster(network: Network): GuestCluster {
    return createGuestCluster({
      network,
      host: this.#host,
      clock: this.#options.clock,
      admits: this.#rights.admits,
      control: { permits: this.#rights.permits, audit: (record) => this.#audit(record) },
    })
  }

  #audit({ from, order, outcome, code }: GuestOrderRecord): Promise<void> {
    const { vm, command, actor } = order
    return this.#options.audit.write({
      actor,
      action: `vm.${command}`,
      target: `vm ${vm}`,
      outcome,
      details: { from, arguments: auditedArguments(order.arguments), ...(code === undefined ? {} : { code }) },
    })
  }

  async #list(text: string | undefined): Promise<VmsAnswer> {
    const node = text === undefined ? undefined : this.#chosen(text)
    if (node === this.#options.self) return this.#own()
    const { vms, unanswered } = await this.#all(this.#stopping.signal)
    const isWanted = (entry: { readonly node: NodeReference }): boolean => node === undefined || entry.node.id === node
    return { vms: vms.filter(isWanted), unanswered: unanswered.filter(isWanted) }
  }

  #own(): VmsAnswer {
    const self = this.#reference(this.#options.self)
    return { vms: this.#host.list().map((vm) => vmEntry(vm, self)), unanswered: [] }
  }

  async #all(signal: AbortSignal): Promise<VmsAnswer> {
    const { vms, unanswered } = await this.#cluster.list({ signal })
    const entries = vms.map((vm) => vmEntry(vm, this.#reference(vm.node)))
    const place = ({ vm, node }: { readonly vm: string; readonly node: NodeReference }): string => `${vm} ${node.name}`
    return {
      vms: entries.toSorted((one, other) => (place(one) < place(other) ? -1 : 1)),
      unanswered: unanswered.map(({ node, why }) => ({ node: this.#reference(node), why })),
    }
  }

  async #metrics(vm: string, named: string | undefined): Promise<VmMetricsAnswer> {
    const node = await this.#nodeOf(vm, named)
    return vmMetricsAnswer(await this.#cluster.metrics(node, vm), this.#reference(node))
  }

  /** The order is taken back where nobody waits any more. */
  async #order(document: WantedOrder, caller: Caller, events: EventStream<VmOrderEvent>): Promise<void> {
    const { vm, node: named, ...wanted } = document
    if (wanted.command.startsWith('unsafe.')) requireRole(caller, 'admin', 'to run programs in virtual machines')
    const node = await this.#nodeOf(vm, named)
    using _beats = eventBeats(this.#options.clock, events)
    const progress = new ProgressSending(events)
    const { ending, dropped } = await this.#cluster.order(node, vm, {
      ...wanted,
      actor: actorText(caller, this.#options.settings.name),
      signal: AbortSignal.any([events.signal, this.#stopping.signal]),
      onProgress: (piece) => progress.send(piece),
    })
    events.send({ event: 'ended', ending, dropped: dropped + progress.dropped })
    await events.drained()
  }

  async #watch(events: EventStream<VmsEvent>): Promise<void> {
    using _beats = eventBeats(this.#options.clock, events)
    const signal = AbortSignal.any([events.signal, this.#stopping.signal])
    const self = this.#reference(this.#options.self)
    try {
      for await (const vms of this.#host.watch({ signal })) {
        events.send({ event: 'vms', vms: vms.map((vm) => vmEntry(vm, self)) })
        await events.drained()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Where that machine is. Of two of the same name none is meant: one of them may be a copy, or on its way. */
  async #nodeOf(vm: string, named: string | undefined): Promise<NodeId> {
    if (named !== undefined) return this.#chosen(named)
    const { vms } = await this.#cluster.list({ signal: this.#stopping.signal })
    const [only, ...more] = vms.filter((each) => each.vm === vm)
    const shown = JSON.stringify(vm.slice(0, 64))
    if (only === undefined) {
      throw new FlotillaError('no-such-vm', `no virtual machine is called ${shown}`, {
        hint: 'see `flotilla vm ls` for their names',
      })
    }
    if (more.length === 0) return only.node
    const nodes = [only, ...more].map(({ node }) => this.#reference(node).name || node)
    throw new FlotillaError('ambiguous-vm', `${nodes.length} nodes have a virtual machine ${shown}`, {
      hint: `say which: --node with one of ${nodes.slice(0, 4).join(', ')}`,
    })
  }

  #chosen(text: string): NodeId {
    const { self, settings, known } = this.#options
    return chosenNode(text, [{ id: self, name: settings.name }, ...known().filter(({ id }) => id !== self)]).id
  }

  #reference(id: NodeId): NodeReference {
    const { self, settings, known } = this.#options
    return { id, name: id === self ? settings.name : (known().find((node) => node.id === id)?.name ?? '') }
  }
}

/** Where libvirt has them, unless somebody says otherwise. */
function patternsOf(given: readonly string[]): readonly ChannelPattern[] {
  if (given.includes('off')) return []
  const named = given.filter((text) => text !== 'auto').map(channelPattern)
  return given.length === 0 || named.length < given.length ? [...named, ...libvirtPatterns()] : named
}
