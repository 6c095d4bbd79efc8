import type { VNode } from 'preact'
import type { LockHolder, LockParty, LockState } from '../answers/group-answers.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Mark } from '../parts/mark.tsx'
import { countText } from '../words/amounts.ts'

/** Waiters of one key that are named; of more, how many there are. */
const namedMax = 4

export function LockTable({ locks }: { readonly locks: readonly LockState[] }): VNode {
  return <DataTable label="Locks" columns={columns} rows={locks} keyOf={({ key }) => key} />
}

const columns: readonly Column<LockState>[] = [
  { title: 'Key', show: ({ key }) => <strong>{key}</strong> },
  { title: 'State', show: stateOf },
  { title: 'Held by', show: ({ holders }) => parties(holders.map(holderText)) },
  { title: 'Waiting', show: ({ waiters, waiting }) => parties(waiters.map(partyText), waiting) },
  { title: 'Token', isNumber: true, show: ({ token }) => countText(token) },
]

function stateOf({ holders, capacity, holding, delayedMs }: LockState): VNode {
  if (holding === 0) {
    const seconds = Math.ceil(delayedMs / 1_000)
    return <Mark tone="plain">{delayedMs > 0 ? `free in ${seconds} s` : 'free'}</Mark>
  }
  const taken = holders.reduce((sum, { permits }) => sum + permits, 0)
  return <Mark tone="good">{capacity > 0 ? `${taken} of ${capacity} taken` : (holders[0]?.mode ?? 'held')}</Mark>
}

function parties(names: readonly string[], count = names.length): VNode {
  const more = count - Math.min(names.length, namedMax)
  return (
    <ul class="parties">
      {names.slice(0, namedMax).map((name, index) => (
        <li key={index}>{name}</li>
      ))}
      {more > 0 ? <li class="quiet">and {more} more</li> : undefined}
    </ul>
  )
}

function holderText({ name, value, owner }: LockHolder): string {
  return `${name} ${value === '' ? owner : value}`
}

export function partyText({ name, owner }: LockParty): string {
  return `${name} ${owner}`
}
