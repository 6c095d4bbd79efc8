import { styleText } from 'node:util'
import { unreachable } from '@flotilla/core/errors'
import { durationText } from '@flotilla/core/text'
import { nodeText, shareText, sizeText } from '../commands/machine-answer.ts'
import type { ListedMachine } from '../commands/machines.ts'
import type { ListedProcess } from '../commands/process-answer.ts'
import type { ScreenSize } from '../terminal/full-screen.ts'
import { fitted } from '../terminal/text-width.ts'
import { shownMachines, type TopState } from './top-state.ts'

/** Lines above and below the list. */
const aroundList = 4

interface Column<Row> {
  readonly title: string
  readonly width: number
  readonly side: 'left' | 'right'
  readonly text: (row: Row) => string
}

/** Rows of a list that a screen of that size has room for. */
export function roomOf({ rows }: ScreenSize): number {
  return Math.max(1, rows - aroundList)
}

/** Every line of the screen, each as wide as it is at most. */
export function topScreen(state: TopState, size: ScreenSize, colour: boolean): readonly string[] {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string => {
    return colour ? styleText(style, text, { validateStream: false }) : text
  }
  const line = (text: string): string => fitted(text, size.columns).trimEnd()
  const body = state.mode.type === 'help' ? helpLines.map(line) : listLines(state, size, paint)
  const room = roomOf(size)
  return [
    paint('bold', line(headText(state))),
    line(partsText(state)),
    ...body.slice(0, room + 1),
    ...Array.from({ length: Math.max(0, room + 1 - body.length) }, () => ''),
    paint(state.mode.type === 'list' ? 'dim' : ['bold', 'yellow'], line(footText(state))),
  ].slice(0, size.rows)
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string

function headText({ machines, processes, matching, total, tab }: TopState): string {
  const sum = (name: string): number => machines.reduce((all, { figures }) => all + (figures[name] ?? 0), 0)
  const silent = machines.filter(({ stale }) => stale).length
  const alerts = machines.reduce((all, { alertsRaised }) => all + alertsRaised, 0)
  return [
    `flotilla top  ${machines.length} ${machines.length === 1 ? 'node' : 'nodes'}`,
    ...(silent > 0 ? [`${silent} silent`] : []),
    `${sum('cores')} cores, ${busyText(machines)}`,
    `${sizeText(sum('memoryUsedBytes'))} of ${sizeText(sum('memoryTotalBytes'))}`,
    ...(alerts > 0 ? [`${alerts} alerts`] : []),
    ...(tab === 'processes' ? [`${processes.length} of ${matching === total ? total : `${matching} (${total})`}`] : []),
  ].join('  ')
}

function busyText(machines: readonly ListedMachine[]): string {
  const known = machines.filter(({ figures }) => figures['processor'] !== undefined)
  const cores = known.reduce((all, { figures }) => all + (figures['cores'] ?? 1), 0)
  const busy = known.reduce((all, { figures }) => all + (figures['processor'] ?? 0) * (figures['cores'] ?? 1), 0)
  return cores === 0 ? 'nothing known yet' : `${shareText(busy / cores)} busy`
}

function partsText({ tab, filter, mode, sort, isReversed }: TopState): string {
  const tabs = tab === 'processes' ? '[processes]  nodes ' : ' processes  [nodes]'
  const shown = filter === '' && mode.type !== 'filter' ? '' : `   filter: ${filter}`
  return `${tabs}   sorted by ${sort}${isReversed ? ', the other way round' : ''}${shown}`
}

function footText({ mode, notice }: TopState): string {
  switch (mode.type) {
    case 'filter':
      return 'A text, or conditions as cpu>10% user=root memory>1G; Enter takes it, Escape gives it up'
    case 'confirm': {
      const { pid, name, node } = mode.process
      return `y: SIGTERM, K: SIGKILL, any other key: no   ${name} (${pid}) on ${nodeText(node)}`
    }
    case 'help':
      return 'Any key goes back'
    case 'list':
      return notice === '' ? 'Tab nodes  / filter  c m p n u sort  r reverse  k signal  ? help  q quit' : notice
    default:
      return unreachable(mode, 'mode of top')
  }
}

const helpLines: readonly string[] = [
  '',
  '  Up, Down, Page Up, Page Down, Home, End   choose a row',
  '  Tab                                       processes, or nodes',
  '  c m p n u                                 sort by cpu, memory, pid, name, user; again: other way round',
  '  r                                         the other way round',
  '  /                                         a filter: a text, or conditions such as cpu>10% user=root',
  '  Escape                                    no filter',
  '  k                                         send a signal to the chosen process; asks first',
  '  q, Ctrl-C                                 end; Ctrl-Z sets it aside, and fg brings it back',
]

function listLines(state: TopState, { columns, rows }: ScreenSize, paint: Paint): readonly string[] {
  if (state.tab === 'nodes') {
    return table(shownMachines(state), machineColumns, { state, columns, rows, paint, last: machineNotes })
  }
  return table(state.processes, processColumns, { state, columns, rows, paint, last: commandText })
}

interface Table<Row> extends ScreenSize {
  readonly state: TopState
  readonly paint: Paint
  /** What the rest of a line is for. */
  readonly last: (row: Row) => string
}

function table<Row>(all: readonly Row[], cells: readonly Column<Row>[], options: Table<Row>): readonly string[] {
  const { state, columns, rows, paint, last } = options
  const { first, chosen } = state
  const head = `${cells.map(({ title, width, side }) => fitted(title, width, side)).join(' ')} ${lastTitle(state)}`
  const shown = all.slice(first, first + roomOf({ columns, rows })).map((row, index) => {
    const text = `${cells.map((cell) => fitted(cell.text(row), cell.width, cell.side)).join(' ')} ${last(row)}`
    const line = fitted(text, columns)
    return first + index === chosen ? paint('inverse', line) : line.trimEnd()
  })
  const none = state.machines.length === 0 ? '  Waiting for the first figures…' : '  Nothing is like that.'
  return [
    paint(['dim'], fitted(head, columns).trimEnd()),
    ...(shown.length === 0 ? [fitted(none, columns).trimEnd()] : shown),
  ]
}

function lastTitle({ tab }: TopState): string {
  return tab === 'nodes' ? '' : 'COMMAND'
}

const processColumns: readonly Column<ListedProcess>[] = [
  {
    title: 'NODE',
    width: 10,
    side: 'left',
    text: ({ node, vm }) => (vm === null ? nodeText(node) : `${nodeText(node)}/${vm}`),
  },
  { title: 'PID', width: 7, side: 'right', text: ({ pid }) => String(pid) },
  { title: 'USER', width: 8, side: 'left', text: ({ user }) => user },
  { title: 'CPU', width: 6, side: 'right', text: ({ processor }) => `${(processor * 100).toFixed(1)}%` },
  { title: 'MEMORY', width: 9, side: 'right', text: ({ residentBytes }) => sizeText(residentBytes) },
  { title: 'S', width: 1, side: 'left', text: ({ state }) => state.slice(0, 1).toUpperCase() },
]

const machineColumns: readonly Column<ListedMachine>[] = [
  { title: 'NODE', width: 12, side: 'left', text: ({ node }) => nodeText(node) },
  { title: 'CPU', width: 7, side: 'right', text: ({ figures }) => shareText(figures['processor']) },
  { title: 'CORES', width: 5, side: 'right', text: ({ figures }) => String(figures['cores'] ?? '') },
  { title: 'LOAD', width: 6, side: 'right', text: ({ figures }) => figures['load1']?.toFixed(2) ?? '' },
  { title: 'MEMORY', width: 9, side: 'right', text: ({ figures }) => sizeText(figures['memoryUsedBytes']) },
  { title: 'OF', width: 9, side: 'right', text: ({ figures }) => sizeText(figures['memoryTotalBytes']) },
  { title: 'DISK', width: 7, side: 'right', text: ({ figures }) => shareText(figures['fullestFileSystem']) },
  {
    title: 'UP',
    width: 10,
    side: 'right',
    text: ({ figures: { uptimeMs } }) => (uptimeMs === undefined ? '' : durationText(uptimeMs / 1_000)),
  },
]

function machineNotes({ alertsRaised, stale, secondsAgo, self }: ListedMachine): string {
  const notes = [
    ...(self ? ['this node'] : []),
    ...(alertsRaised > 0 ? [`${alertsRaised} alert${alertsRaised === 1 ? '' : 's'}`] : []),
    ...(stale ? [`silent for ${durationText(secondsAgo)}`] : []),
  ]
  return notes.join(', ')
}

function commandText({ command, name }: ListedProcess): string {
  return command === '' ? name : command
}
