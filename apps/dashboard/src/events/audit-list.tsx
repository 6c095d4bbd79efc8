import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { AuditAnswer } from '../answers/cluster-answers.ts'
import { may } from '../api/session.ts'
import { pageLimitsDefaults } from '../limits.ts'
import { useAsked } from '../parts/asked.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Moment } from '../parts/moment.tsx'
import { Empty, FailureNotice, Notice } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { usePage } from '../shell/page-context.ts'
import { counted } from '../words/amounts.ts'

/** The node reads and checks all of it for each answer, so it is not asked every second. */
const lookedAtEveryMs = 10_000

/** What was done, and by whom; nobody can change it unnoticed. */
export function AuditList(): VNode {
  const { session } = usePage()
  if (may(session, 'operator')) return <AskedAuditList />
  return (
    <Section title="What was done">
      <Empty>The audit log is for operators: your role, {session.role}, does not see it.</Empty>
    </Section>
  )
}

function AskedAuditList(): VNode {
  const [turn, setTurn] = useState(0)
  const { answer, failure } = useAsked<AuditAnswer>(`/v1/audit?limit=${pageLimitsDefaults.auditRecordsShownMax}`, turn)
  useEffect(() => {
    const timer = setInterval(() => setTurn((count) => count + 1), lookedAtEveryMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <Section
      title="What was done"
      aside={
        <button type="button" class="small" onClick={() => setTurn(turn + 1)}>
          Look again
        </button>
      }
    >
      {answer === undefined ? <FailureNotice failure={failure} /> : <Records audit={answer} />}
    </Section>
  )
}

function Records({ audit: { records, damage, newest } }: { readonly audit: AuditAnswer }): VNode {
  return (
    <>
      {damage === null ? (
        <p class="quiet">{counted(records, 'record')}, each of which vouches for the one before: they hold.</p>
      ) : (
        <Notice tone="bad" title="The audit log was changed.">
          {damage.why}: see <code>flotilla audit verify</code>, and ask who could write to the disk of this node.
        </Notice>
      )}
      {newest.length === 0 ? (
        <Empty>Nothing that changes something was done through this node.</Empty>
      ) : (
        <DataTable label="Audit log" columns={columns} rows={newest} keyOf={({ seq }) => String(seq)} />
      )}
    </>
  )
}

const tones: Readonly<Record<string, Tone>> = { done: 'good', asked: 'plain', refused: 'warn', failed: 'bad' }

const columns: readonly Column<AuditAnswer['newest'][number]>[] = [
  { title: 'When', show: ({ at }) => <Moment at={at} /> },
  { title: 'Who', show: ({ actor }) => actor },
  { title: 'What', show: ({ action }) => <code>{action}</code> },
  { title: 'To what', show: ({ target }) => <span class="cut">{target}</span> },
  { title: 'Outcome', show: ({ outcome }) => <Mark tone={tones[outcome] ?? 'plain'}>{outcome}</Mark> },
]
