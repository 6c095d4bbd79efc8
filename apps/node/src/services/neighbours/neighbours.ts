import { isIP } from 'node:net'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Lru, TokenBucket } from '@flotilla/core/machines'
import type { Channel, IncomingRequest, Network } from '@flotilla/core/network'
import { asked } from '../../http/described.ts'
import type { Caller } from '../../http/caller.ts'
import type { AnyRoute } from '../../http/route.ts'
import { anything, object, text } from '../../schema/building.ts'
import { nodeLimitsDefaults } from '../../limits.ts'
import { meshAddressText, type MeshAddress } from '../mesh-address.ts'
import { LookingRights, type Standings } from '../looking-rights.ts'
import { chosenNode } from '../node-choice.ts'
import { noCluster, type Service, type ServiceParts } from '../service.ts'
import { dialled } from './dial-back.ts'
import { checkupAnswer, type CheckupAnswer, type NeighbourEntry } from './neighbour-answers.ts'
import {
  decodeCheckup,
  decodeObject,
  decodeQuestion,
  encodeMessage,
  neighbourLimits,
  type NeighbourCheckup,
} from './neighbour-messages.ts'

export interface NeighboursOptions extends ServiceParts {
  readonly self: NodeId
  /** Everybody, this node included, and where each is reached. */
  readonly members: () => readonly NeighbourMember[]
}

interface NeighbourMember {
  readonly id: NodeId
  readonly status: string
  readonly metadata: { readonly name: string; readonly addresses: readonly MeshAddress[] }
}

export interface NeighboursPlace extends Standings {
  readonly network: Network
  /** The host at the other end of the connection with a node, as far as it is known. */
  readonly hostOf: (id: NodeId) => string | undefined
}

/** What this node answers somebody who may only look. */
type Answers = (address: string, caller: Caller) => Promise<object>

const channelName = 'neighbours'
/** These would go from node to node. */
const notRelayed = ['/v1/relay', '/v1/checkup']

/** What nodes tell each other when a person asks: their time, whether they reach each other, and what they see. */
export class NeighboursService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: NeighboursOptions
  readonly #rights: LookingRights
  #answers: Answers | undefined
  #standings: Standings | undefined
  readonly #buckets = new Lru<NodeId, TokenBucket>({ entriesMax: nodeLimitsDefaults.neighboursCountedMax })
  #hostOf: NeighboursPlace['hostOf'] | undefined
  #network: Network | undefined
  #channel: Channel | undefined

  constructor(options: NeighboursOptions) {
    const { self, settings } = options
    this.#options = options
    this.#rights = new LookingRights({
      self,
      allowed: () => settings['process-control'],
      standings: () => this.#standings,
    })
    this.routes = [
      asked({
        path: '/v1/checkup',
        about: {
          summary: 'what the others say of this node: whether clocks agree, and whether it can be connected to',
          answer: checkupAnswer,
        },
        get: () => this.#checkup(),
      }),
      asked({
        path: '/v1/relay',
        about: {
          summary: 'what another node of the cluster answers somebody who may only look',
          query: object({
            node: text({ description: 'its name, its id or the beginning of one' }),
            path: text({ description: 'of its API, with what is asked, as `/v1/node`' }),
          }),
          answer: anything<object>({ description: 'what that path answers there' }),
        },
        get: ({ query }) => this.#relay(query),
      }),
    ]
  }

  /** What other nodes may ask is what routes answer. */
  answerWith(answers: Answers): void {
    this.#answers = answers
  }

  begin({ network, hostOf, ...standings }: NeighboursPlace): void {
    this.#standings = standings
    this.#hostOf = hostOf
    this.#network = network
    this.#channel = network.open(channelName, { request: (question) => this.#answer(question) })
  }

  measure(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel?.[Symbol.asyncDispose]()
  }

  async #relay({ node, path }: { readonly node: string; readonly path: string }): Promise<object> {
    const { self, members } = this.#options
    const known = members().map(({ id, metadata: { name } }) => ({ id, name }))
    const { id } = chosenNode(node, known)
    if (id === self) return await this.#value(path, { name: 'this node', role: 'viewer', via: 'node' })
    const question = encodeMessage({ type: 'value', address: path })
    return decodeObject(await this.#ask(id, question, nodeLimitsDefaults.relayMsMax))
  }

  async #checkup(): Promise<CheckupAnswer> {
    const { self, members } = this.#options
    const all = members()
    const own = all.find(({ id }) => id === self)?.metadata.addresses ?? []
    const addresses = own.slice(0, neighbourLimits.dialledMax).map(meshAddressText)
    const connected = new Set(this.#network?.peers())
    const others = all.filter(({ id }) => connected.has(id)).slice(0, nodeLimitsDefaults.neighboursAskedMax)
    return { others: await Promise.all(others.map((other) => this.#look(other, addresses))) }
  }

  async #look({ id, metadata }: NeighbourMember, addresses: readonly string[]): Promise<NeighbourEntry> {
    const node = { id, name: metadata.name }
    const { clock } = this.#options
    const begunMs = clock.wallNow()
    try {
      const question = encodeMessage({ type: 'checkup', addresses })
      const answer = decodeCheckup(await this.#ask(id, question, nodeLimitsDefaults.checkupMsMax))
      const endedMs = clock.wallNow()
      // The other has looked at its clock as soon as it was asked, so it was at least the time of our question.
      const wayMs = Math.max(0, endedMs - begunMs)
      const aheadMs = answer.wallMs - begunMs - wayMs / 2
      return { node, why: null, clockAheadMs: aheadMs, clockErrorMs: wayMs / 2, dialled: answer.dialled }
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      return { node, why: error.message, clockAheadMs: null, clockErrorMs: null, dialled: [] }
    }
  }

  #ask(to: NodeId, question: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#channel === undefined) throw noCluster()
    return this.#channel.request(to, question, { timeoutMs })
  }

  async #answer({ from, payload }: IncomingRequest): Promise<Uint8Array> {
    const wallMs = this.#options.clock.wallNow()
    if (!this.#rights.admits(from)) {
      throw new FlotillaError('forbidden', 'only full members of the cluster may ask a node', {
        hint: 'ask from a machine that has joined as a node or an operator',
      })
    }
    const question = decodeQuestion(payload)
    if (question.type === 'checkup') return encodeMessage(await this.#dialBack(from, question.addresses, wallMs))
    const name = this.#options.members().find(({ id }) => id === from)?.metadata.name ?? from
    return encodeMessage(await this.#value(question.address, { name, role: 'viewer', via: 'node' }))
  }

  /**
   * Only where the one who asks says to everybody that it is, and only on the host that its connection leads to: it may
   * say what it likes, and nobody is sent to knock elsewhere.
   */
  async #dialBack(from: NodeId, addresses: readonly string[], wallMs: number): Promise<NeighbourCheckup> {
    this.#admitCheckup(from)
    const member = this.#options.members().find(({ id }) => id === from)
    const host = this.#hostOf?.(from)
    // A name that was dialled says nothing of the addresses behind it.
    const isThere = (address: MeshAddress): boolean => host === undefined || isIP(host) === 0 || address.host === host
    const own = new Set((member?.metadata.addresses ?? []).filter(isThere).map(meshAddressText))
    const meant = addresses.filter((address) => own.has(address)).slice(0, neighbourLimits.dialledMax)
    const found = meant.map((address) => dialled(address, nodeLimitsDefaults.dialBackMsMax))
    return { wallMs, dialled: await Promise.all(found) }
  }

  #admitCheckup(from: NodeId): void {
    const { burst: capacity, everyMs: refillEveryMs } = nodeLimitsDefaults.checkupsPerNode
    const now = this.#options.clock.now()
    const bucket = this.#buckets.get(from) ?? new TokenBucket({ capacity, refillTokens: 1, refillEveryMs }, now)
    this.#buckets.set(from, bucket)
    if (bucket.take(now)) return
    throw new FlotillaError('too-many-checkups', 'this node was asked too often whether it reaches that one', {
      hint: `ask again in ${Math.ceil(bucket.waitMs(now) / 1_000)} s`,
    })
  }

  #value(address: string, caller: Caller): Promise<object> {
    const [path = ''] = address.split('?', 1)
    if (this.#answers === undefined || notRelayed.includes(path)) {
      throw new FlotillaError('not-found', `this is not asked of another node: ${path}`, {
        hint: 'ask that node itself',
      })
    }
    return this.#answers(address, caller)
  }
}
