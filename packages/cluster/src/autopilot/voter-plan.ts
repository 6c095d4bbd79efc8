import type { NodeId } from '@flotilla/core/ids'
import type { AutopilotStatus, GroupMembers } from './ports.ts'
import type { Standing } from './steadiness.ts'

export interface VoterPlanInput {
  /** Who leads, which is who plans. */
  readonly leader: NodeId
  readonly configuration: AutopilotStatus['configuration']
  /** Everybody in the cluster or in the configuration, the leader too, each once. */
  readonly nodes: readonly PlannedNode[]
  /** An odd number. */
  readonly votersMax: number
  readonly sparesMax: number
}

export interface PlannedNode {
  readonly id: NodeId
  readonly standing: Standing
  /** It is there now, and where it is a member, it answers the leader. */
  readonly answers: boolean
  /** It is a member that has everything, but for a little. */
  readonly caughtUp: boolean
  /** The smaller, the longer it has been there. */
  readonly upSince: number
}

export type VoterPlan =
  /** The right ones decide. */
  | { readonly type: 'keep' }
  | { readonly type: 'change'; readonly wanted: GroupMembers; readonly reason: string }
  /** Something is not as it should be, and cannot be changed yet. */
  | { readonly type: 'wait'; readonly reason: string; readonly awaited: readonly NodeId[] }

/**
 * Says what to change next. Its aim is as many voters as survive the most failures, an odd number of them, and of two
 * such numbers the one nearer to how it is. It keeps whom it has, gives nobody's place away who is not gone for good or
 * replaced by somebody steady, and never asks for a change that leaves fewer failures to be survived than before, or no
 * majority at all.
 */
export function planVoters(input: VoterPlanInput): VoterPlan {
  const { configuration, nodes, leader } = input
  if (configuration.outgoing.length > 0) return wait('a change of the members is under way')
  const table = new Map(nodes.map((node) => [node.id, node]))
  if (table.get(leader)?.standing === 'removed') return wait('this node is out of the cluster')

  const voters = chosenVoters(input)
  const staged = voters.filter((id) => !configuration.voters.includes(id))
  const dropped = configuration.voters.filter((id) => !voters.includes(id))
  const learners = chosenLearners(input, voters, staged)
  const missing = staged.filter((id) => !configuration.learners.includes(id))
  const late = staged.filter((id) => table.get(id)?.caughtUp !== true || !table.get(id)?.answers)
  const isAnotherMajority = staged.length > 0 || dropped.length > 0

  if (!isMajority(configuration.voters, table)) {
    if (isSame(configuration, { voters, learners: learners.final })) return { type: 'keep' }
    return wait('too few of the voters answer to decide a change')
  }
  if (isAnotherMajority && late.length === 0) {
    const danger = dangerOf(configuration.voters, voters, table)
    if (danger !== undefined) return wait(danger)
    const wanted = { voters: voters.toSorted(), learners: learners.final }
    return { type: 'change', wanted, reason: `${namesOf(staged, 'become voters')}${namesOf(dropped, 'give way')}` }
  }
  const wanted = { voters: configuration.voters, learners: learners.meanwhile }
  if (!isSame(configuration, wanted)) return { type: 'change', wanted, reason: reasonOf(missing, 'learners change') }
  if (isAnotherMajority) return { type: 'wait', reason: 'new voters are catching up', awaited: late }
  return { type: 'keep' }
}

function wait(reason: string): VoterPlan {
  return { type: 'wait', reason, awaited: [] }
}

/** The majority of so many. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}

/** How many more of them may fail; less than 0 where there is no majority. */
function spareVotes(voters: readonly NodeId[], isGood: (id: NodeId) => boolean): number {
  return voters.filter(isGood).length - majorityOf(voters.length)
}

function isMajority(voters: readonly NodeId[], table: ReadonlyMap<NodeId, PlannedNode>): boolean {
  return spareVotes(voters, (id) => table.get(id)?.answers === true) >= 0
}

/** Sorted. */
function chosenVoters({ leader, configuration, nodes, votersMax }: VoterPlanInput): readonly NodeId[] {
  const isVoter = new Set(configuration.voters)
  const isLearner = new Set(configuration.learners)
  const pool = nodes
    .filter(({ id, standing }) => standing === 'steady' || (isVoter.has(id) && standing !== 'removed') || id === leader)
    .map((node) => ({ ...node, rank: rankOf(node) }))
    .toSorted((one, other) => one.rank - other.rank || one.upSince - other.upSince || (one.id < other.id ? -1 : 1))
  const failed = new Set(pool.filter(({ standing, id }) => standing === 'failed' && id !== leader).map(({ id }) => id))
  const ids = pool.map(({ id }) => id)
  const now = configuration.voters.length
  let best: readonly NodeId[] = ids.slice(0, 1)
  for (let size = 3; size <= Math.min(votersMax, ids.length); size += 2) {
    const voters = ids.slice(0, size)
    const gain = spareVotes(voters, (id) => !failed.has(id)) - spareVotes(best, (id) => !failed.has(id))
    if (gain > 0 || (gain === 0 && Math.abs(size - now) <= Math.abs(best.length - now))) best = voters
  }
  return best.toSorted()

  function rankOf({ id, standing, caughtUp }: PlannedNode): number {
    if (id === leader) return 0
    if (isVoter.has(id)) return standing === 'steady' ? 1 : standing === 'failed' ? 6 : 2
    if (!isLearner.has(id)) return 5
    return caughtUp ? 3 : 4
  }
}

/** Who listens until the new voters have caught up, and who does then; both sorted. */
function chosenLearners(
  { configuration, nodes, sparesMax }: VoterPlanInput,
  voters: readonly NodeId[],
  staged: readonly NodeId[],
): { readonly meanwhile: readonly NodeId[]; readonly final: readonly NodeId[] } {
  const isVoter = new Set([...voters, ...configuration.voters])
  const isLearner = new Set(configuration.learners)
  const good = nodes.filter(
    ({ id, standing }) => standing === 'steady' || (isLearner.has(id) && standing === 'unproven'),
  )
  // Those that listen already come first, since they have what the others would have to be sent.
  const spares = good
    .filter(({ id }) => !isVoter.has(id))
    .toSorted(
      (one, other) =>
        Number(isLearner.has(other.id)) - Number(isLearner.has(one.id)) ||
        one.upSince - other.upSince ||
        (one.id < other.id ? -1 : 1),
    )
    .map(({ id }) => id)
  // A steady voter that gives way is as good a spare as any: it has everything.
  const demoted = nodes.filter(
    ({ id, standing }) => standing === 'steady' && configuration.voters.includes(id) && !voters.includes(id),
  )
  const final = [...demoted.map(({ id }) => id), ...spares].slice(0, sparesMax)
  return { meanwhile: [...staged, ...spares.slice(0, sparesMax)].toSorted(), final: final.toSorted() }
}

/** Why these must not take the place of those, as a sentence; undefined where they may. */
function dangerOf(
  before: readonly NodeId[],
  after: readonly NodeId[],
  table: ReadonlyMap<NodeId, PlannedNode>,
): string | undefined {
  const answers = (id: NodeId): boolean => table.get(id)?.answers === true
  const left = spareVotes(after, answers)
  if (left < 0) return 'too few of the new voters answer to decide anything'
  const isForced = before.some((id) => table.get(id)?.standing === 'removed')
  if (isForced || left >= spareVotes(before, answers)) return undefined
  return 'with the new voters fewer failures would be survived than with the present ones'
}

function isSame(one: GroupMembers, other: GroupMembers): boolean {
  return isEqual(one.voters, other.voters) && isEqual(one.learners, other.learners)
}

/** Both are sorted. */
function isEqual(one: readonly NodeId[], other: readonly NodeId[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index])
}

function namesOf(ids: readonly NodeId[], what: string): string {
  return ids.length === 0 ? '' : `${ids.join(', ')} ${what}; `
}

function reasonOf(missing: readonly NodeId[], otherwise: string): string {
  return missing.length === 0 ? otherwise : `${missing.join(', ')} shall be voters, and listen first`
}
