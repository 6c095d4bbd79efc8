import type { SystemFigures } from '../answers/machine-answers.ts'
import { percentText, rateText } from '../words/amounts.ts'

/** One line of a chart: the figure that the history knows, and the same in what a machine says now. */
interface FigureLine {
  readonly title: string
  readonly figure: string
  readonly now: (figures: SystemFigures) => number | undefined
}

export interface FigureChart {
  readonly title: string
  readonly lines: readonly FigureLine[]
  readonly textOf: (value: number) => string
  readonly most?: number
}

/** What is drawn of a machine: of its disks and networks the busiest, which is chosen once. */
export function figureCharts(figures: SystemFigures): readonly FigureChart[] {
  const disk = busiest(figures.disks, (each) => (each.readBytesPerSecond ?? 0) + (each.writtenBytesPerSecond ?? 0))
  const outside = figures.networks?.filter(({ name, isUp }) => isUp && name !== 'lo')
  const network = busiest(outside, (each) => (each.receivedBytesPerSecond ?? 0) + (each.sentBytesPerSecond ?? 0))
  return [
    {
      title: 'Processor',
      most: 1,
      textOf: percentText,
      lines: [{ title: 'in use', figure: 'processor.usage', now: ({ processor }) => processor?.usage }],
    },
    {
      title: 'Memory',
      most: 1,
      textOf: percentText,
      lines: [
        {
          title: 'in use',
          figure: 'memory.used',
          now: ({ memory }) => (memory === undefined ? undefined : memory.usedBytes / Math.max(1, memory.totalBytes)),
        },
      ],
    },
    ...(disk === undefined ? [] : [diskChart(disk)]),
    ...(network === undefined ? [] : [networkChart(network)]),
  ]
}

function diskChart(name: string): FigureChart {
  const disk = ({ disks }: SystemFigures): NonNullable<SystemFigures['disks']>[number] | undefined =>
    disks?.find((each) => each.name === name)
  const line = (title: string, figure: string, now: FigureLine['now']): FigureLine => ({ title, figure, now })
  return {
    title: `Disk ${name}`,
    textOf: rateText,
    lines: [
      line('written', `disk.${name}.written`, (figures) => disk(figures)?.writtenBytesPerSecond),
      line('read', `disk.${name}.read`, (figures) => disk(figures)?.readBytesPerSecond),
    ],
  }
}

function networkChart(name: string): FigureChart {
  const network = ({ networks }: SystemFigures): NonNullable<SystemFigures['networks']>[number] | undefined =>
    networks?.find((each) => each.name === name)
  return {
    title: `Network ${name}`,
    textOf: rateText,
    lines: [
      {
        title: 'received',
        figure: `network.${name}.received`,
        now: (figures) => network(figures)?.receivedBytesPerSecond,
      },
      { title: 'sent', figure: `network.${name}.sent`, now: (figures) => network(figures)?.sentBytesPerSecond },
    ],
  }
}

function busiest<Thing extends { readonly name: string }>(
  things: readonly Thing[] | undefined,
  weight: (thing: Thing) => number,
): string | undefined {
  return things?.toSorted((one, other) => weight(other) - weight(one))[0]?.name
}
