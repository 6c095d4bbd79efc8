import { durationText } from '@flotilla/core/text'
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { VmEntry, VmMetricsAnswer } from '../answers/machine-answers.ts'
import { may } from '../api/session.ts'
import { useLive } from '../live/live-hooks.ts'
import { Chart } from '../parts/chart.tsx'
import { Facts } from '../parts/facts.tsx'
import { Mark } from '../parts/mark.tsx'
import { FailureNotice, Notice, sentence } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { usePage } from '../shell/page-context.ts'
import type { PlaceProps } from '../shell/place-props.ts'
import { percentText, unknownText } from '../words/amounts.ts'
import { memoryShare, networkText } from '../words/machine-words.ts'
import { nameOf } from '../words/names.ts'
import { VmConsole } from './vm-console.tsx'
import { vmStates } from './vm-states.ts'

/** One virtual machine: how it is and has been, and what can be done in it. */
export function VmPage({ route }: PlaceProps): VNode {
  const { session } = usePage()
  const [, node = '', name = ''] = route.parts
  const { value, failure } = useLive<VmMetricsAnswer>(`vm/${encodeURIComponent(name)}?${new URLSearchParams({ node })}`)
  return (
    <>
      <h1>{name}</h1>
      <FailureNotice failure={failure} />
      {value === undefined ? undefined : (
        <>
          <VmFacts vm={value.vm} />
          <VmCharts history={value.history} />
          {may(session, 'operator') ? (
            <Section title="Console">
              <VmConsole vm={value.vm} />
            </Section>
          ) : undefined}
        </>
      )}
    </>
  )
}

function VmFacts({ vm }: { readonly vm: VmEntry }): VNode {
  const { node, state, why, dialect, agentVersion, guest, system, figures } = vm
  const { words, tone } = vmStates[state]
  const agent = dialect === null ? unknownText : `${agentVersion ?? ''} (${dialect === 'own' ? 'flotilla' : dialect})`
  const { of: memory, note = '' } = memoryShare(figures)
  return (
    <>
      {state === 'there' ? undefined : (
        <Notice tone={tone} title={sentence(words)}>
          {why === null ? 'See whether it runs, and flotilla-agent in it.' : sentence(why)}
        </Notice>
      )}
      <Facts
        label="About the virtual machine"
        facts={[
          [
            'State',
            <Mark key="state" tone={tone}>
              {words}
            </Mark>,
          ],
          [
            'On',
            <a key="on" href={`#/nodes/${node.id}`}>
              {nameOf(node)}
            </a>,
          ],
          ['Its name for itself', guest ?? unknownText],
          ['System', system ?? unknownText],
          ['Agent', agent],
          ['Up for', figures.uptimeMs === undefined ? unknownText : durationText(figures.uptimeMs / 1_000)],
          ['Memory', memory === undefined ? unknownText : `${percentText(memory)}, ${note}`],
          ['Network in, out', networkText(figures)],
        ]}
      />
    </>
  )
}

function VmCharts({ history }: Pick<VmMetricsAnswer, 'history'>): VNode | undefined {
  const points = useMemo(() => history.filter(({ at }) => at !== null), [history])
  const timesMs = useMemo(() => points.map(({ at }) => Date.parse(at ?? '')), [points])
  const processor = useMemo(
    () => [{ title: 'in use', values: points.map(({ figures }) => figures.processor ?? null) }],
    [points],
  )
  const memory = useMemo(
    () => [{ title: 'in use', values: points.map(({ figures }) => memoryShare(figures).of ?? null) }],
    [points],
  )
  if (points.length < 2) return undefined
  return (
    <Section title="How it has been">
      <div class="charts">
        <Chart title="Processor" timesMs={timesMs} lines={processor} textOf={percentText} most={1} />
        <Chart title="Memory" timesMs={timesMs} lines={memory} textOf={percentText} most={1} />
      </div>
    </Section>
  )
}
