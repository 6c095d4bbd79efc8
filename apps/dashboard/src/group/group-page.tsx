import type { VNode } from 'preact'
import type { DeadlocksAnswer, GroupMember, LocksAnswer, RaftAnswer } from '../answers/group-answers.ts'
import { useLive } from '../live/live-hooks.ts'
import { pageLimitsDefaults } from '../limits.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { Mark } from '../parts/mark.tsx'
import { Empty, FailureNotice, Notice, sentence } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { Words } from '../parts/words.tsx'
import { countText, sizeText, unknownText } from '../words/amounts.ts'
import { nameOf } from '../words/names.ts'
import { DeadlockList } from './deadlock-list.tsx'
import { LockTable } from './lock-table.tsx'
import { WaitGraph } from './wait-graph.tsx'

/** Who decides in the cluster, what is locked, and who waits for whom. */
export function GroupPage(): VNode {
  const { value: raft } = useLive<RaftAnswer>('raft')
  const { value: locks, failure } = useLive<LocksAnswer>(`locks?limit=${pageLimitsDefaults.rowsShownMax}`)
  const { value: deadlocks } = useLive<DeadlocksAnswer>('deadlocks')
  return (
    <>
      <h1>Decisions and locks</h1>
      {raft === undefined ? undefined : <Group raft={raft} />}
      {raft === undefined || raft.state === 'none' ? undefined : (
        <Section title="Locks">
          <FailureNotice failure={failure} />
          {locks === undefined || failure !== undefined ? undefined : <Locks {...locks} />}
        </Section>
      )}
      {deadlocks === undefined || failure !== undefined ? undefined : (
        <>
          <Section title="Who waits for whom">
            <WaitGraph waits={deadlocks.waits} />
          </Section>
          <Section title="Deadlocks that were broken">
            <DeadlockList deadlocks={deadlocks.deadlocks} />
          </Section>
        </>
      )}
    </>
  )
}

function Group({ raft: { state, notice, groups } }: { readonly raft: RaftAnswer }): VNode {
  const [group] = groups
  if (state === 'none') {
    return (
      <Empty>
        There is no group, because this node is in no cluster. Make one with <code>flotilla init</code>.
      </Empty>
    )
  }
  if (group === undefined) {
    const title = state === 'failed' ? 'This node takes no part in decisions.' : 'This node asks those that decide.'
    return (
      <Notice tone={state === 'failed' ? 'bad' : 'plain'} title={title}>
        <Words of={notice === null ? 'It is no member of the group.' : sentence(notice)} />
      </Notice>
    )
  }
  const leader = group.leader === null ? 'nobody: one is being elected' : nameOf(group.leader)
  return (
    <Section title="Who decides">
      {group.leader === null ? (
        <Notice tone="warn" title="Nobody leads now.">
          Nothing can be decided until a majority of the voters is connected. It begins again by itself.
        </Notice>
      ) : undefined}
      <Facts
        label="The group"
        facts={[
          ['Leader', leader],
          ['Term', countText(group.term)],
          ['Decided up to entry', countText(group.commit)],
          ['Log on the disk', sizeText(group.logBytes)],
        ]}
      />
      <DataTable label="Members" columns={memberColumns} rows={group.members} keyOf={({ id }) => id} />
    </Section>
  )
}

const memberColumns: readonly Column<GroupMember>[] = [
  {
    title: 'Member',
    show: (member) => (
      <a href={`#/nodes/${member.id}`} title={member.id}>
        {nameOf(member)}
      </a>
    ),
  },
  { title: 'Part', show: ({ part }) => part },
  { title: 'State', show: memberMark },
  {
    title: 'Entries behind',
    isNumber: true,
    show: ({ entriesBehind }) => (entriesBehind === null ? unknownText : countText(entriesBehind)),
  },
]

function memberMark({ leads, self, answers }: GroupMember): VNode {
  if (leads) return <Mark tone="good">leads</Mark>
  if (answers === false) return <Mark tone="bad">does not answer</Mark>
  if (answers === true) return <Mark tone="good">follows</Mark>
  return <Mark tone="plain">{self ? 'this node' : 'only the leader knows'}</Mark>
}

function Locks({ locks, next }: LocksAnswer): VNode {
  if (locks.length === 0) {
    return (
      <Empty>
        Nobody holds a lock or waits for one. Try <code>flotilla lock run build -- make</code>.
      </Empty>
    )
  }
  return (
    <>
      <LockTable locks={locks} />
      {next === null ? undefined : <p class="quiet">Only the first {locks.length} keys are shown.</p>}
    </>
  )
}
