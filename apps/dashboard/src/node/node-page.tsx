import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { NodesAnswer } from '../answers/cluster-answers.ts'
import type { AlertsAnswer, MachineAnswer } from '../answers/machine-answers.ts'
import { useLive } from '../live/live-hooks.ts'
import { AlertList } from '../parts/alert-list.tsx'
import { Choice } from '../parts/choice.tsx'
import { Empty, FailureNotice } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { routeHref } from '../shell/hash-route.ts'
import type { PlaceProps } from '../shell/place-props.ts'
import { nameOf } from '../words/names.ts'
import { FigureChartView, spans } from './figure-chart.tsx'
import { figureCharts } from './figure-lines.ts'
import { FileSystems } from './file-systems.tsx'
import { NodeFacts } from './node-facts.tsx'

/** One machine of the cluster: what it is, and how it has been. */
export function NodePage({ route }: PlaceProps): VNode {
  const id = route.parts[1] ?? ''
  const { value: machine, failure } = useLive<MachineAnswer>(
    id === '' ? undefined : `machine/${encodeURIComponent(id)}`,
  )
  const { value: nodes } = useLive<NodesAnswer>('nodes')
  const { value: alerts } = useLive<AlertsAnswer>('alerts')
  const [spanTitle, setSpan] = useState(spans[0]?.title ?? '')
  const span = spans.find(({ title }) => title === spanTitle)
  const entry = nodes?.nodes.find((node) => node.id === id)
  const figures = machine?.figures
  // What is drawn is chosen with the first figures, so that the charts stay where they are.
  const charts = useMemo(() => (figures === undefined ? [] : figureCharts(figures)), [figures === undefined])
  const name = entry ?? machine?.node
  return (
    <>
      <h1>{name === undefined ? 'Node' : nameOf(name)}</h1>
      <FailureNotice failure={failure} />
      <AlertList alerts={alerts?.alerts.filter((alert) => alert.node.id === id) ?? []} />
      <NodeFacts entry={entry} figures={figures} />
      {figures === undefined || span === undefined ? undefined : (
        <>
          <Section
            title="How it has been"
            aside={
              <Choice
                label="How far back"
                options={spans.map(({ title }) => title)}
                value={spanTitle}
                onChoose={setSpan}
              />
            }
          >
            <div class="charts">
              {charts.map((chart) => (
                <FigureChartView key={chart.title} node={id} chart={chart} span={span} figures={figures} />
              ))}
            </div>
          </Section>
          <FileSystems figures={figures} />
          <p>
            <a href={routeHref(['processes'], { node: id })}>The processes of this machine</a>
          </p>
        </>
      )}
      {figures === undefined && failure === undefined ? <Empty>Asking the machine how it is…</Empty> : undefined}
    </>
  )
}
