import { FlotillaError } from '@flotilla/core/errors'
import { CallQueue } from './call-queue.ts'
import type { VerifyPlace, VerifyTurn } from './calls.ts'
import type { Catalogue, CatalogueDamage, ChunkRow } from './contract.ts'
import type { CatalogueLimits } from './limits.ts'
import type { TransactionRunner } from './transaction-runner.ts'

/** The port, over whatever performs the calls. */
export function queuedCatalogue(runner: TransactionRunner, limits: CatalogueLimits): Catalogue {
  const queue = new CallQueue(runner, limits)
  let generation = 0
  return {
    commit: (changes) => queue.call('commit', changes),
    get generation() {
      return generation
    },
    async beginMarking() {
      const begun = await queue.call('beginMarking')
      generation = Math.max(generation, begun)
      return begun
    },
    touch: (ids) => queue.call('touch', ids),
    mark: (ids) => queue.call('mark', ids),
    sweep: (options) => sweep(queue, options),
    places: (ids) => queue.call('places', ids),
    packs: () => queue.call('packs'),
    chunksOf: (pack, page) => queue.call('chunksOf', pack, page),
    chunksBefore: (epoch, page) => queue.call('chunksBefore', epoch, page),
    chunkCountBefore: (epoch) => queue.call('chunkCountBefore', epoch),
    counts: () => queue.call('counts'),
    blob: (id) => queue.call('blob', id),
    blobs: (page) => queue.call('blobs', page),
    blobsSince: (seq, limit) => queue.call('blobsSince', seq, limit),
    name: (name) => queue.call('name', name),
    names: (page) => queue.call('names', page),
    namesOf: (id) => queue.call('namesOf', id),
    isPinned: (id) => queue.call('isPinned', id),
    pins: () => queue.call('pins'),
    partials: () => queue.call('partials'),
    keys: () => queue.call('keys'),
    sharesOf: (blob) => queue.call('sharesOf', blob),
    shares: (page) => queue.call('shares', page),
    peers: () => queue.call('peers'),
    statement: (key) => queue.call('statement', key),
    statements: (page) => queue.call('statements', page),
    statementsSince: (seq, limit) => queue.call('statementsSince', seq, limit),
    seenFile: (path) => queue.call('seenFile', path),
    seenFiles: (paths) => queue.call('seenFiles', paths),
    note: (key) => queue.call('note', key),
    verify: (limit) => verify(queue, limit),
    mend: () => queue.call('mend'),
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  }
}

/** In turns, so that nobody waits until all chunks have been looked at. */
async function sweep(queue: CallQueue, options: Parameters<Catalogue['sweep']>[0]): Promise<readonly ChunkRow[]> {
  const { keepFrom, limit } = options
  const swept: ChunkRow[] = []
  for (;;) {
    const { rows, isOver } = await queue.call('sweepTurn', { keepFrom, limit: limit - swept.length })
    swept.push(...rows)
    if (isOver || swept.length >= limit) return swept
  }
}

async function verify(queue: CallQueue, limit: number): Promise<readonly CatalogueDamage[]> {
  const found: CatalogueDamage[] = []
  let place: VerifyPlace | undefined
  for (;;) {
    const turn = await verifiedTurn(queue, place, limit - found.length)
    found.push(...turn.found)
    if (turn.next === undefined || found.length >= limit) return found
    place = turn.next
  }
}

/** Damage may be such that not even the transaction of the verification can end. */
async function verifiedTurn(queue: CallQueue, place: VerifyPlace | undefined, limit: number): Promise<VerifyTurn> {
  try {
    return await queue.call('verifyTurn', place, limit)
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.code !== 'corrupt') throw error
    return { found: [{ table: 'unknown', row: 'unknown', why: error.message }], next: undefined }
  }
}
