import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { themeChanged } from '../shell/theme.ts'

interface ChartLine {
  readonly title: string
  readonly values: readonly (number | null)[]
}

interface ChartProps {
  readonly title: string
  /** By the calendar, in milliseconds, rising. */
  readonly timesMs: readonly number[]
  readonly lines: readonly ChartLine[]
  readonly textOf: (value: number) => string
  /** Where the scale ends, where that is known. */
  readonly most?: number
}

const height = 170
const colours = ['--chart-1', '--chart-2', '--chart-3'] as const

/** Figures over time. What it shows last is also said in words, for those who do not see it. */
export function Chart({ title, timesMs, lines, textOf, most }: ChartProps): VNode {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const now = lines.map((line) => `${line.title} ${lastText(line, textOf)}`)
  const titles = lines.map((line) => line.title).join('\n')
  useEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const draw = (): void => {
      plot.current?.destroy()
      plot.current = new uPlot(
        optionsOf({ title, timesMs, lines, textOf, ...(most === undefined ? {} : { most }) }, element),
        dataOf(timesMs, lines),
        element,
      )
    }
    draw()
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', draw)
    addEventListener(themeChanged, draw)
    return () => {
      observer.disconnect()
      scheme.removeEventListener('change', draw)
      removeEventListener(themeChanged, draw)
      plot.current?.destroy()
    }
  }, [titles])
  useEffect(() => plot.current?.setData(dataOf(timesMs, lines)), [timesMs, lines])
  return (
    <figure class="chart card">
      <figcaption>
        <h3>{title}</h3>
        <ul class="legend">
          {lines.map((line, index) => (
            <li key={line.title} class={`line-${index + 1}`}>
              {line.title} <strong>{lastText(line, textOf)}</strong>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={box} role="img" aria-label={`${title} over time. Now: ${now.join(', ')}.`} />
    </figure>
  )
}

function lastText({ values }: ChartLine, textOf: ChartProps['textOf']): string {
  const last = values.findLast((value) => value !== null)
  return last === undefined || last === null ? '–' : textOf(last)
}

function dataOf(timesMs: readonly number[], lines: readonly ChartLine[]): uPlot.AlignedData {
  return [timesMs.map((ms) => ms / 1_000), ...lines.map(({ values }) => [...values])]
}

function optionsOf({ lines, textOf, most }: ChartProps, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string): string => resolved(element, `var(${name})`)
  const font = `12px ${style.fontFamily}`
  const axis = { stroke: colour('--quiet'), font, ticks: { show: false }, grid: { stroke: colour('--line'), width: 1 } }
  return {
    width: Math.max(element.clientWidth, 200),
    height,
    legend: { show: false },
    padding: [8, 20, 0, 0],
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _least, top) => [0, most ?? (top > 0 ? top * 1.15 : 1)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 28, space: 80, values: (_plot, splits) => splits.map(clockText) },
      { ...axis, size: 74, space: 36, values: (_plot, splits) => splits.map((value) => textOf(value)) },
    ],
    series: [
      {},
      ...lines.map(({ title }, index) => ({
        label: title,
        stroke: colour(colours[index % colours.length] ?? '--chart-1'),
        width: 1.75,
        points: { show: false },
        ...(index === 0 ? { fill: resolved(element, 'color-mix(in srgb, var(--chart-1) 10%, transparent)') } : {}),
      })),
    ],
  }
}

/** A canvas knows no variables and no `light-dark()`: what comes of them here is what it is given. */
function resolved(element: HTMLElement, value: string): string {
  const before = element.style.color
  element.style.color = value
  const found = getComputedStyle(element).color
  element.style.color = before
  return found
}

function clockText(seconds: number): string {
  const date = new Date(seconds * 1_000)
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}
