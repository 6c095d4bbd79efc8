import type { NodeId } from '@flotilla/core/ids'
import { silentLogger, silentMetrics, type Logger } from '@flotilla/core/observe'
import { Prng, type Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue, StatementRow } from '../../catalogue/contract.ts'
import { blobError } from '../../store/errors.ts'
import type { BlobId } from '../../types.ts'
import type { Vault } from '../../vault/contract.ts'
import { FeedReader } from '../feed/feed-reader.ts'
import { Feeds } from '../feed/feeds.ts'
import { OwnFeed } from '../feed/own-feed.ts'
import { PeerBook } from '../feed/peer-book.ts'
import { replicationInstruments, type ReplicationInstruments } from '../instruments.ts'
import { Ledger } from '../ledger/ledger.ts'
import {
  validateReplicationLimits,
  validateReplicationSettings,
  type ReplicationLimits,
  type ReplicationSettings,
} from '../limits.ts'
import { Membership } from '../membership.ts'
import { Errands } from '../repair/errands.ts'
import { Housekeeping } from '../repair/housekeeping.ts'
import type { PlanView } from '../repair/plan.ts'
import { Promises } from '../repair/promises.ts'
import { Repairs } from '../repair/repairs.ts'
import { Upkeep } from '../repair/upkeep.ts'
import { blobIn } from '../statements/statement.ts'
import { adopt } from './adoption.ts'
import { Answering } from './answering.ts'
import { NodeView } from './node-view.ts'
import type { ReplicatedStoreOptions } from './options.ts'

const selfNote = 'replication/self'

/** Everything that a replicated store consists of, put together and running. */
export interface ReplicationParts extends AsyncDisposable {
  readonly settings: ReplicationSettings
  readonly limits: ReplicationLimits
  readonly membership: Membership
  readonly ledger: Ledger
  readonly feeds: Feeds
  readonly errands: Errands
  readonly repairs: Repairs
  readonly view: NodeView
}

export async function openParts(options: ReplicatedStoreOptions): Promise<ReplicationParts> {
  await checkSelf(options)
  const foundation = await layFoundation(options)
  const parts = assemble(options, foundation)
  if (foundation.isNew) {
    const { catalogue, entropy, limits, settings } = foundation
    const { pageRows } = limits
    // Nobody would take it from an untrusted replica, which only keeps what others put.
    if (foundation.membership.isTrusted(options.self))
      await adopt({ catalogue, ledger: parts.ledger, entropy, copies: settings.copies, pageRows })
    await foundation.ownFeed.found()
  }
  parts.feeds.open()
  parts.repairs.begin()
  const watching = options.onMembersChanged?.(() => {
    parts.feeds.wantAll()
    parts.repairs.soon()
  })
  return {
    ...parts,
    async [Symbol.asyncDispose]() {
      watching?.[Symbol.dispose]()
      foundation.closed.abort(blobError('closed', 'the store is closed'))
      await parts.repairs[Symbol.asyncDispose]()
      await parts.feeds[Symbol.asyncDispose]()
      await parts.ledger.idle()
      await foundation.book.flush()
    },
  }
}

/** What everything else stands on. */
interface Foundation {
  readonly catalogue: Catalogue
  readonly vault: Vault
  readonly clock: Clock
  readonly entropy: Entropy
  readonly self: NodeId
  readonly logger: Logger
  readonly settings: ReplicationSettings
  readonly limits: ReplicationLimits
  readonly instruments: ReplicationInstruments
  readonly membership: Membership
  readonly book: PeerBook
  readonly ownFeed: OwnFeed
  readonly isNew: boolean
  readonly closed: AbortController
}

async function layFoundation(options: ReplicatedStoreOptions): Promise<Foundation> {
  const { local, clock, entropy, self, logger = silentLogger } = options
  const { vault } = local
  const { catalogue } = vault
  const settings = validateReplicationSettings(options.settings)
  const limits = validateReplicationLimits(options.limits)
  const instruments = replicationInstruments(options.metrics ?? silentMetrics)
  const membership = new Membership(options.members, self)
  const book = await PeerBook.open(catalogue, clock)
  const { feed: ownFeed, isNew } = await OwnFeed.open({ catalogue, entropy, book, limits, logger })
  const closed = new AbortController()
  const told = { settings, limits, instruments, membership }
  return { catalogue, vault, clock, entropy, self, logger, ...told, book, ownFeed, isNew, closed }
}

function assemble(options: ReplicatedStoreOptions, foundation: Foundation): Omit<ReplicationParts, symbol> {
  const { blobIdOf, crypto, freeBytes = () => Infinity, keys, network, transfer } = options
  const { clock, entropy, limits, membership, book, self, settings, closed } = foundation
  const view = new NodeView({ ...foundation, freeBytes })
  const plan = (): PlanView => view.plan()
  const mayState = (author: NodeId): boolean => membership.isTrusted(author)
  const onNews = (rows: readonly StatementRow[]): void => {
    repairs.changed(blobsIn(rows))
    feeds.tell()
  }
  const ledger = new Ledger({ ...foundation, crypto, keys, aheadMsMax: limits.aheadMsMax, mayState, blobIdOf, onNews })
  const promises = new Promises(clock, limits)
  const ownFreeBytes = (): number => view.ownFreeBytes()
  const answering = new Answering({ ...foundation, ledger, promises, ownFreeBytes, signal: closed.signal })
  const random = new Prng(new DataView(entropy.bytes(4).slice().buffer).getUint32(0))
  const feeds: Feeds = new Feeds({
    ...foundation,
    network,
    random,
    read: (peer) => reader.read(peer),
    answer: (from, request) => answering.answer(from, request),
  })
  const ask: Feeds['ask'] = (peer, request, signal) => feeds.ask(peer, request, signal)
  const onHoldings = (blobs: readonly BlobId[]): void => repairs.changed(blobs)
  const reader = new FeedReader({ ...foundation, ledger, ask, onHoldings })
  const errands = new Errands({ ...foundation, ledger, transfer, promises, view: plan, ask })
  const upkeep = new Upkeep({
    ...foundation,
    ledger,
    hasLeft: (author) => !membership.isMember(author) && !book.nodes.includes(author),
    mayState: () => mayState(self),
    living: () => membership.all().flatMap(({ node, isAlive }) => (isAlive && mayState(node) ? [node] : [])),
  })
  const housekeeping = new Housekeeping({ ...foundation, ledger, answering, onLeft: () => repairs.allSoon() })
  const beside = (): Promise<void> => {
    feeds.wantAll()
    return housekeeping.run()
  }
  const onMoved = (): void => feeds.tell()
  const repairs: Repairs = new Repairs({ ...foundation, errands, upkeep, view: plan, beside, onMoved })
  return { settings, limits, membership, ledger, feeds, errands, repairs, view }
}

/** A catalogue belongs to one node: what another has said and read would be taken for this one's. */
async function checkSelf({ local, self }: ReplicatedStoreOptions): Promise<void> {
  const { catalogue } = local.vault
  const known = await catalogue.note(selfNote)
  if (known === undefined) return catalogue.commit([{ type: 'set-note', key: selfNote, value: self }])
  if (known === self) return
  throw blobError('wrong-request', `this blob store is that of node ${known}, and this is ${self}`, {
    hint: 'give this node an empty folder: it gets everything from the others, and nothing deleted comes back',
  })
}

function blobsIn(rows: readonly StatementRow[]): readonly BlobId[] {
  return rows.map(({ key }) => blobIn(key)).filter((id) => id !== undefined)
}
