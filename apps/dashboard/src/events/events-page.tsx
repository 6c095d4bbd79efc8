import type { VNode } from 'preact'
import type { HistoryAnswer, NotesAnswer } from '../answers/cluster-answers.ts'
import type { AlertsAnswer } from '../answers/machine-answers.ts'
import { useLive } from '../live/live-hooks.ts'
import { AlertList } from '../parts/alert-list.tsx'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Moment } from '../parts/moment.tsx'
import { Empty } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { AuditList } from './audit-list.tsx'

/** What is wrong now, what was said, what was done, and when this node came and went. */
export function EventsPage(): VNode {
  const { value: alerts } = useLive<AlertsAnswer>('alerts')
  const { value: notes } = useLive<NotesAnswer>('notes')
  const { value: history } = useLive<HistoryAnswer>('history?limit=50')
  const raised = alerts?.alerts.filter(({ state }) => state === 'raised') ?? []
  return (
    <>
      <h1>Events and alerts</h1>
      <Section title="Alerts">
        {alerts !== undefined && raised.length === 0 ? <Empty>Nothing is wrong with any machine.</Empty> : undefined}
        <AlertList alerts={raised} />
      </Section>
      <AuditList />
      {notes === undefined ? undefined : <Notes {...notes} />}
      {history === undefined ? undefined : (
        <Section title="This node came and went">
          <DataTable
            label="History"
            columns={columns}
            rows={history.history}
            keyOf={({ at, type }) => `${at} ${type}`}
          />
        </Section>
      )}
    </>
  )
}

function Notes({ notes }: NotesAnswer): VNode {
  return (
    <Section title="Said to all">
      {notes.length === 0 ? (
        <Empty>
          Nobody has said anything. Try <code>flotilla say "the backup begins"</code>.
        </Empty>
      ) : (
        <ul class="plain-list card">
          {notes.toReversed().map(({ at, name, text }) => (
            <li key={`${at} ${text}`}>
              <strong>{name}</strong>: {text}{' '}
              <span class="quiet">
                <Moment at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

type Row = HistoryAnswer['history'][number]

const tones: Readonly<Record<Row['type'], Tone>> = { started: 'good', stopped: 'plain', 'unclean stop': 'bad' }

const columns: readonly Column<Row>[] = [
  { title: 'When', show: ({ at }) => <Moment at={at} /> },
  { title: 'What', show: ({ type }) => <Mark tone={tones[type]}>{type}</Mark> },
  { title: 'Life', isNumber: true, show: ({ life }) => life },
  { title: 'Version', show: ({ version }) => version },
]
