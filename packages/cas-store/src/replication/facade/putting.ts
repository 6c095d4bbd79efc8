import type { NodeId } from '@flotilla/core/ids'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { BlobSource, PutOptions, PutResult } from '../../blobs.ts'
import type { Catalogue, CatalogueChange, StatementRow } from '../../catalogue/contract.ts'
import type { LocalStore } from '../../store/contract.ts'
import { blobError, codeOf } from '../../store/errors.ts'
import { checkName, quoted } from '../../store/names.ts'
import type { Broadcast, IdentifiedBlob, Transfer } from '../../transfer/contract.ts'
import { broadcastTee } from '../../transfer/pushing/broadcast-tee.ts'
import type { BlobId } from '../../types.ts'
import type { Ledger, Look } from '../ledger/ledger.ts'
import { copiesNumberMax, type ReplicationSettings } from '../limits.ts'
import { ranking } from '../placement/ranking.ts'
import type { PlanView, PlannedMember } from '../repair/plan.ts'
import { blobKey, type BlobSaid, type CopiesWanted, type Said } from '../statements/statement.ts'

export interface PuttingOptions {
  readonly local: LocalStore
  readonly catalogue: Catalogue
  readonly transfer: Transfer
  readonly ledger: Ledger
  readonly clock: Clock
  readonly entropy: Entropy
  readonly settings: ReplicationSettings
  readonly view: () => PlanView
  readonly spread: (
    rows: readonly StatementRow[],
    to: readonly NodeId[],
    blob: BlobId,
  ) => Promise<{ readonly holding: readonly NodeId[] }>
}

/** Lots are drawn until this node is among those that ought to have the blob, at most so often. */
const drawsMax = 32

/** What one put wants. */
interface Wanted {
  readonly copies: CopiesWanted
  /** How many copies are to be made, and without how many it is an error. */
  readonly aim: number
  readonly required: number
}

/** Throws `wrong-request` or `too-few-copies` for a number of copies that cannot be. */
function checkCopies(copies: CopiesWanted | undefined): void {
  if (copies === undefined || copies === 'all') return
  if (!Number.isInteger(copies) || copies < 1) {
    throw blobError('wrong-request', `${quoted(copies)} is no number of copies`, {
      hint: 'ask for 1 or more, or for all',
    })
  }
  if (copies <= copiesNumberMax) return
  throw blobError('too-few-copies', `${copies} copies were asked for, and there are never more than ${copiesNumberMax}`)
}

/**
 * Puts a blob here, and sends it to other nodes while it is read. It is acknowledged when so many nodes have all of it,
 * and what was said about it, durably.
 */
export async function putReplicated(
  parts: PuttingOptions,
  source: BlobSource,
  options: PutOptions,
): Promise<PutResult> {
  const { name, copies } = options
  checkCopies(copies)
  if (name !== undefined) checkName(name)
  const members = parts.view().members.filter(({ isUntrusted }) => !isUntrusted)
  const wanted = wantedCopies(copies, members, parts.settings)
  const lot = drawLot(parts, members, wanted.aim)
  const ranked = rankedOthers(lot, members, parts.view().self)
  const first = ranked.slice(0, wanted.aim - 1)
  await using broadcast = first.length === 0 ? undefined : parts.transfer.broadcast(first)
  const result = await putHere(parts.local, source, options, broadcast)
  const blob = await rowHere(parts, result.id)
  const [ends, rows] = await Promise.all([
    broadcast?.finish(blob),
    parts.ledger.make((look) => sayings(look, { blob, lot, name, copies: wanted.copies, parts })),
  ])
  const durable = first.filter((node) => ends?.get(node)?.type === 'durable')
  const candidates = [...ranked.slice(first.length), ...first.filter((node) => !durable.includes(node))]
  const holding = await makeUp(parts, { blob, rows, durable, candidates, aim: wanted.aim, options })
  await noteShares(parts, result.id, holding)
  const made = holding.length + 1
  if (made < wanted.required) throw tooFew(result.id, made, wanted.required)
  return { ...result, copies: made }
}

/**
 * An explicit number is a promise, and so is `all`: all that do not count as lost. By default there are as many as the
 * settings say, or one for each member if those are fewer; and where some of those are away, at least two, so that one
 * machine that is off stops nobody.
 */
function wantedCopies(
  copies: CopiesWanted | undefined,
  members: readonly PlannedMember[],
  settings: ReplicationSettings,
): Wanted {
  const present = members.filter(({ isLost }) => !isLost).length
  if (copies === 'all') return { copies, aim: present, required: present }
  if (copies !== undefined) return { copies, aim: copies, required: copies }
  const aim = Math.min(settings.copies, members.length)
  const living = members.filter(({ isAlive }) => isAlive).length
  return { copies: settings.copies, aim, required: Math.min(aim, Math.max(2, living)) }
}

/** This node has the content in any case, so it is as well among those that ought to have it, unless it is full. */
function drawLot({ entropy, view }: PuttingOptions, members: readonly PlannedMember[], aim: number): number {
  const { self } = view()
  const present = members.filter(({ isLost }) => !isLost)
  const isFull = members.find(({ node }) => node === self)?.isFull === true
  let lot = 0
  for (let draws = 0; draws < drawsMax; draws++) {
    const [a = 0, b = 0, c = 0, d = 0] = entropy.bytes(4)
    lot = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
    if (isFull || ranking(lot, present).slice(0, aim).includes(self)) break
  }
  return lot
}

/** Living nodes that take something new, the best first. */
function rankedOthers(lot: number, members: readonly PlannedMember[], self: NodeId): readonly NodeId[] {
  const able = members.filter(({ node, isAlive, isFull }) => node !== self && isAlive && !isFull)
  return ranking(lot, able)
}

function putHere(
  local: LocalStore,
  source: BlobSource,
  { signal, onProgress }: PutOptions,
  broadcast: Broadcast | undefined,
): Promise<PutResult> {
  return local.put(source, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(broadcast === undefined ? {} : { tee: broadcastTee(broadcast) }),
  })
}

async function rowHere({ catalogue }: PuttingOptions, id: BlobId): Promise<IdentifiedBlob> {
  const row = await catalogue.blob(id)
  if (row === undefined) throw deletedMeanwhile(id)
  const { size, depth, root } = row
  return { id, size, depth, root }
}

/** Decided when nothing else changes: what the blob was before it was put again is not lost. */
async function sayings(
  look: Look,
  what: {
    readonly blob: IdentifiedBlob
    readonly lot: number
    readonly name: string | undefined
    readonly copies: CopiesWanted
    readonly parts: PuttingOptions
  },
): Promise<readonly Said[]> {
  const { blob, lot, name, copies, parts } = what
  const { id, ...descriptor } = blob
  const [before, here] = await Promise.all([look(blobKey(id)), parts.catalogue.blob(id)])
  // A deletion that was newer took it away between the two commits.
  if (here === undefined) throw deletedMeanwhile(id)
  const known = before?.said.type === 'blob' ? before.said : undefined
  const said: BlobSaid = {
    type: 'blob',
    id,
    descriptor,
    copies: known === undefined ? copies : more(known.copies, copies),
    // Where it is already it may stay.
    lot: known?.lot ?? lot,
    putAtMs: Math.max(0, Math.floor(parts.clock.wallNow())),
  }
  return name === undefined ? [said] : [said, { type: 'name', name, blob: id }]
}

function more(one: CopiesWanted, other: CopiesWanted): CopiesWanted {
  return one === 'all' || other === 'all' ? 'all' : Math.max(one, other)
}

/** Who failed is replaced by the next in the ranking, until there are enough or nobody is left. */
async function makeUp(
  { spread, transfer }: PuttingOptions,
  what: {
    readonly blob: IdentifiedBlob
    readonly rows: readonly StatementRow[]
    readonly durable: readonly NodeId[]
    readonly candidates: readonly NodeId[]
    readonly aim: number
    readonly options: PutOptions
  },
): Promise<readonly NodeId[]> {
  const { blob, rows, candidates, aim, options } = what
  const { signal } = options
  const { holding } = await spread(rows, what.durable, blob.id)
  const made = [...holding]
  // Some may have all of it, and just not have heard of it in time.
  const late = what.durable.filter((node) => !holding.includes(node))
  for (const node of [...late, ...candidates]) {
    if (made.length >= aim - 1) break
    signal?.throwIfAborted()
    try {
      await transfer.bring(blob, node, signal === undefined ? {} : { signal })
      made.push(...(await spread(rows, [node], blob.id)).holding)
    } catch (error) {
      if (signal?.aborted === true || codeOf(error) === 'closed') throw error
    }
  }
  return made
}

async function noteShares(
  { catalogue, ledger }: PuttingOptions,
  id: BlobId,
  holding: readonly NodeId[],
): Promise<void> {
  if (holding.length === 0) return
  const changes = holding.map((node): CatalogueChange => ({ type: 'set-share', share: { blob: id, node } }))
  await ledger.exclusively(async () => {
    if ((await ledger.blob(id)) !== undefined) await catalogue.commit(changes)
  })
}

function tooFew(id: BlobId, made: number, required: number): Error {
  return blobError('too-few-copies', `blob ${id} has ${made} durable copies, and ${required} were asked for`, {
    hint: 'it stays, and more are made when more nodes can be reached; ask for fewer, or bring up more nodes',
  })
}

function deletedMeanwhile(id: BlobId): Error {
  return blobError('unavailable', `blob ${id} was deleted elsewhere while it was being put`, { hint: 'put it again' })
}
