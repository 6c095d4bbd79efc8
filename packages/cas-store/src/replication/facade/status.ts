import type { NodeId } from '@flotilla/core/ids'
import type { Catalogue, StatementRow } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import type { PeerStanding, ReplicationStatus } from '../contract.ts'
import type { PlanView } from '../repair/plan.ts'
import { Round } from '../repair/round.ts'
import { surveyAll } from '../repair/survey.ts'
import { rowsOf } from '../repair/paging.ts'

export interface StatusOptions {
  readonly catalogue: Catalogue
  readonly view: PlanView
  readonly isRepairing: boolean
  readonly pageRows: number
  readonly outOfReachMax: number
  readonly freeBytesOf: (node: NodeId) => number
  readonly liesOf: (node: NodeId) => number
  readonly signal: AbortSignal
}

/** Looks at everything that is known, page by page. */
export async function statusOf(options: StatusOptions): Promise<ReplicationStatus> {
  const { catalogue, view, isRepairing, pageRows, outOfReachMax, signal } = options
  const round = new Round(view, 1)
  const outOfReach: BlobId[] = []
  const blobsOf = new Map<NodeId, number>()
  for await (const blob of surveyAll(catalogue, { self: view.self, pageRows })) {
    signal.throwIfAborted()
    if (round.add(blob)?.isOutOfReach === true && outOfReach.length < outOfReachMax) outOfReach.push(blob.id)
    for (const node of blob.holders) blobsOf.set(node, (blobsOf.get(node) ?? 0) + 1)
  }
  return {
    ...round.tally,
    blobsOutOfReach: outOfReach,
    isRepairing,
    tombstones: await tombstonesIn(catalogue, pageRows, signal),
    peers: view.members
      .filter(({ node }) => node !== view.self)
      .map(({ node, isAlive, isUntrusted }): PeerStanding => ({
        node,
        isAlive,
        isUntrusted,
        freeBytes: options.freeBytesOf(node),
        blobs: blobsOf.get(node) ?? 0,
        lies: options.liesOf(node),
      })),
  }
}

async function tombstonesIn(catalogue: Catalogue, limit: number, signal: AbortSignal): Promise<number> {
  let count = 0
  const rows = rowsOf<StatementRow, string>((page) => catalogue.statements({ ...page, prefix: '' }), {
    limit,
    placeOf: ({ key }) => key,
  })
  for await (const { isGone } of rows) {
    signal.throwIfAborted()
    if (isGone) count++
  }
  return count
}
