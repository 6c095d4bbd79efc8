import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream, Channel, Network } from '@flotilla/core/network'
import { after, type Clock } from '@flotilla/core/time'
import type { GuestHost, VmMetrics, VmOrder, VmOutcome, VmSummary } from '../contract.ts'
import { GuestAnswering } from './answering.ts'
import type { ClusterVms, GuestCluster, GuestControl, GuestQuestion, GuestReply } from './contract.ts'
import { validateGuestClusterLimits, type GuestClusterLimits } from './limits.ts'
import { streamLines } from './stream-lines.ts'
import { readQuestion, readReply, writeLine } from './wire.ts'

export interface GuestClusterOptions {
  readonly network: Network
  readonly host: GuestHost
  readonly clock: Clock
  readonly control: GuestControl
  /** Who may see the machines of this node. Default: every node of the network. */
  readonly admits?: (node: NodeId) => boolean
  readonly limits?: Partial<GuestClusterLimits>
}

const channelName = 'vms'

/** The virtual machines of all nodes: each node is asked for its own. */
export function createGuestCluster(options: GuestClusterOptions): GuestCluster {
  return new MeshGuests(options)
}

class MeshGuests implements GuestCluster {
  readonly #options: GuestClusterOptions
  readonly #limits: GuestClusterLimits
  readonly #answering: GuestAnswering
  readonly #channel: Channel
  #underWay = 0

  constructor(options: GuestClusterOptions) {
    const { host, control, network } = options
    this.#options = options
    this.#limits = validateGuestClusterLimits(options.limits)
    this.#answering = new GuestAnswering({ host, control, limits: this.#limits })
    this.#channel = network.open(channelName, { stream: (stream) => this.#serve(stream) })
  }

  async list(options: { readonly signal?: AbortSignal } = {}): Promise<ClusterVms> {
    const { network, host } = this.#options
    const others = network.peers().filter((peer) => this.#admits(peer))
    const vms: (VmSummary & { readonly node: NodeId })[] = host.list().map((vm) => ({ ...vm, node: network.self }))
    const unanswered: { readonly node: NodeId; readonly why: string }[] = []
    await Promise.all(
      others.map(async (node) => {
        const found: VmSummary[] = []
        try {
          await this.#ask(node, { type: 'list' }, { ...options, timeoutMs: this.#limits.answerMs }, (reply) => {
            if (reply.type !== 'vm' || found.length >= this.#limits.vmsMax) throw unasked()
            found.push(reply.vm)
          })
          vms.push(...found.map((vm) => ({ ...vm, node })))
        } catch (error) {
          options.signal?.throwIfAborted()
          unanswered.push({ node, why: error instanceof Error ? error.message : String(error) })
        }
      }),
    )
    return { vms, unanswered }
  }

  async metrics(node: NodeId, vm: string, options: { readonly signal?: AbortSignal } = {}): Promise<VmMetrics> {
    if (this.#isSelf(node)) return this.#options.host.metrics(vm)
    let metrics: VmMetrics | undefined
    await this.#ask(node, { type: 'metrics', vm }, { ...options, timeoutMs: this.#limits.answerMs }, (reply) => {
      if (reply.type !== 'metrics') throw unasked()
      metrics = reply.metrics
    })
    if (metrics === undefined) throw unasked()
    return metrics
  }

  async order(node: NodeId, vm: string, order: VmOrder): Promise<VmOutcome> {
    const { command, arguments: given, actor, timeoutMs, signal, onProgress } = order
    const asked = { vm, command, arguments: given, actor, timeoutMs }
    const more = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) }
    if (this.#isSelf(node)) return this.#answering.order(node, asked, more)
    let outcome: VmOutcome | undefined
    const patience = { timeoutMs: timeoutMs + this.#limits.graceMs, ...(signal === undefined ? {} : { signal }) }
    await this.#ask(node, { type: 'order', ...asked }, patience, (reply) => {
      if (reply.type === 'progress') onProgress?.(reply.piece)
      else if (reply.type === 'ended') outcome = reply.outcome
      else throw unasked()
    })
    if (outcome === undefined) throw unasked()
    return outcome
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]()
  }

  /** One stream for each question; it ends with the answer, and giving it up takes the question back. */
  async #ask(
    node: NodeId,
    question: GuestQuestion,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
    take: (reply: GuestReply) => void,
  ): Promise<void> {
    const { clock } = this.#options
    const gone = new AbortController()
    const late = new FlotillaError('deadline-exceeded', 'that node did not answer in time', {
      hint: 'see whether it is connected: `flotilla nodes`',
    })
    using _timer = clock.wakeAt(after(clock.now(), timeoutMs), () => gone.abort(late))
    const either = AbortSignal.any([gone.signal, ...(signal === undefined ? [] : [signal])])
    await using stream = await this.#channel.openStream(node, { signal: either })
    const giveUp = (): void => stream.reset('the question was taken back')
    either.addEventListener('abort', giveUp, { once: true })
    let failure: FlotillaError | undefined
    try {
      await stream.write(writeLine(question))
      for await (const line of streamLines(stream, this.#limits.lineBytesMax)) {
        const reply = readReply(line)
        if (reply.type !== 'failed') take(reply)
        else failure = new FlotillaError(reply.code, reply.message, { hint: reply.hint })
      }
      await stream.end()
      if (failure !== undefined) throw failure
    } catch (error) {
      either.throwIfAborted()
      throw error
    } finally {
      either.removeEventListener('abort', giveUp)
    }
  }

  async #serve(stream: ByteStream): Promise<void> {
    const { peer } = stream
    const { questionsMax, lineBytesMax } = this.#limits
    const reply = (said: GuestReply): Promise<void> => stream.write(writeLine(said))
    const gone = new AbortController()
    const isFull = this.#underWay >= questionsMax
    this.#underWay++
    try {
      const lines = streamLines(stream, lineBytesMax)
      const { value: line } = await lines.next()
      if (line === undefined) return
      // Nothing more comes, but the end when the answer is there, or that the question is taken back.
      const rest = lines
        .next()
        .catch(() => {})
        .then(() => gone.abort(new FlotillaError('cancelled', 'the question was taken back')))
      try {
        if (!this.#admits(peer)) throw new FlotillaError('not-permitted', `${peer} may not look at this machine`)
        if (isFull) throw new FlotillaError('overloaded', `this node answers ${questionsMax} questions already`)
        await this.#answering.answer(peer, readQuestion(line), { signal: gone.signal, reply })
      } catch (error) {
        if (!(error instanceof FlotillaError)) throw error
        const { message, hint = '' } = error
        await reply({ type: 'failed', code: String(error.code), message, hint })
      }
      await stream.end()
      await rest
    } finally {
      this.#underWay--
    }
  }

  #admits(node: NodeId): boolean {
    return this.#options.admits?.(node) ?? true
  }

  #isSelf(node: NodeId): boolean {
    return node === this.#options.network.self
  }
}

function unasked(): ProtocolError {
  return new ProtocolError('wrong-answer', 'that node answered what was not asked')
}
