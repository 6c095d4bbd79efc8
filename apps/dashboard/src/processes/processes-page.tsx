import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { NodesAnswer } from '../answers/cluster-answers.ts'
import type { ProcessEntry, ProcessesAnswer } from '../answers/machine-answers.ts'
import { may } from '../api/session.ts'
import { useLive } from '../live/live-hooks.ts'
import { DataTable } from '../parts/data-table.tsx'
import { Empty, FailureNotice, Notice } from '../parts/notice.tsx'
import { usePage } from '../shell/page-context.ts'
import type { PlaceProps } from '../shell/place-props.ts'
import { countText, counted } from '../words/amounts.ts'
import { nameOf } from '../words/names.ts'
import { processColumns } from './process-columns.tsx'
import { ProcessFilter } from './process-filter.tsx'
import { keepQuestion, questionIn, sortedBy, topicOf } from './process-question.ts'
import { SignalDialog } from './signal-dialog.tsx'

/** The processes of the whole cluster, chosen and sorted where they are. */
export function ProcessesPage({ route }: PlaceProps): VNode {
  const { session } = usePage()
  const [question, setQuestion] = useState(() => questionIn(route.query))
  const [ended, setEnded] = useState<ProcessEntry | undefined>(undefined)
  const { value, failure } = useLive<ProcessesAnswer>(topicOf(question))
  const { value: nodes } = useLive<NodesAnswer>('nodes')
  const change = (wanted: typeof question): void => {
    keepQuestion(wanted)
    setQuestion(wanted)
  }
  const onEnd = may(session, 'operator') ? setEnded : undefined
  return (
    <>
      <h1>Processes</h1>
      <ProcessFilter question={question} nodes={nodes?.nodes ?? []} onChange={change} />
      <FailureNotice failure={failure} />
      <Unanswered unanswered={value?.unanswered ?? []} />
      {value === undefined ? undefined : (
        <section aria-label="List">
          <p class="quiet">{countWords(value)}</p>
          {value.processes.length === 0 ? (
            <Empty>No process is like that. Take out a condition, or a word.</Empty>
          ) : (
            <DataTable
              label="Processes"
              columns={processColumns(onEnd)}
              rows={value.processes}
              keyOf={({ node, vm, pid, startTicks }) => `${node.id} ${vm} ${pid} ${startTicks}`}
              sorting={question.sorting}
              onSort={(by) => change(sortedBy(question, by))}
            />
          )}
        </section>
      )}
      {ended === undefined ? undefined : <SignalDialog process={ended} onClose={() => setEnded(undefined)} />}
    </>
  )
}

function countWords({ processes, matching, total }: ProcessesAnswer): string {
  const whole = `${counted(total, 'process', 'processes')} in all`
  const shown = processes.length < matching ? `the first ${processes.length} of ` : ''
  return matching === total ? `${shown}${whole}` : `${shown}${countText(matching)} that are so, ${whole}`
}

function Unanswered({ unanswered }: Pick<ProcessesAnswer, 'unanswered'>): VNode | undefined {
  if (unanswered.length === 0) return undefined
  return (
    <Notice tone="warn" title="Not all machines have answered.">
      {unanswered.map(({ node, why }) => `${nameOf(node)}: ${why}`).join('; ')}
    </Notice>
  )
}
