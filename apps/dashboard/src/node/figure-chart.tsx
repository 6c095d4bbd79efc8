import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { FigureHistoryAnswer, SystemFigures } from '../answers/machine-answers.ts'
import { Chart } from '../parts/chart.tsx'
import { usePage } from '../shell/page-context.ts'
import type { FigureChart } from './figure-lines.ts'
import { seriesOf, withNow, type Series } from './figure-series.ts'

export interface Span {
  readonly title: string
  readonly resolution: '1s' | '1min' | '1h'
  readonly lengthMs: number
}

/** How far back one can look, and in which steps. */
export const spans: readonly Span[] = [
  { title: '10 minutes', resolution: '1s', lengthMs: 600_000 },
  { title: '12 hours', resolution: '1min', lengthMs: 43_200_000 },
  { title: '30 days', resolution: '1h', lengthMs: 2_592_000_000 },
]

interface FigureChartProps {
  readonly node: string
  readonly chart: FigureChart
  readonly span: Span
  readonly figures: SystemFigures
}

const none: Series = { timesMs: [], values: [] }

/** What a figure was, and from then on how it is. */
export function FigureChartView({ node, chart, span, figures }: FigureChartProps): VNode {
  const { api, clock } = usePage()
  const [series, setSeries] = useState(none)
  const { title, lines, textOf, most } = chart
  useEffect(() => {
    const gone = new AbortController()
    const since = new Date(clock.nowMs() - span.lengthMs).toISOString()
    const ask = async (figure: string): Promise<FigureHistoryAnswer['points']> => {
      const query = new URLSearchParams({ node, figure, resolution: span.resolution, since })
      const { points } = await api.ask<FigureHistoryAnswer>(`/v1/machine-history?${query}`, { signal: gone.signal })
      return points
    }
    const look = async (): Promise<void> => {
      const points = await Promise.all(lines.map(({ figure }) => ask(figure).catch(() => [])))
      if (!gone.signal.aborted) setSeries(seriesOf(points))
    }
    void look()
    return () => gone.abort()
  }, [node, title, span])
  useEffect(() => {
    if (span.resolution !== '1s') return
    const now = lines.map((line) => line.now(figures) ?? null)
    setSeries((before) => (before === none ? before : withNow(before, figures.wallMs, now)))
  }, [figures])
  const drawn = lines.map((line, index) => ({ title: line.title, values: series.values[index] ?? [] }))
  return (
    <Chart
      title={title}
      timesMs={series.timesMs}
      lines={drawn}
      textOf={textOf}
      {...(most === undefined ? {} : { most })}
    />
  )
}
