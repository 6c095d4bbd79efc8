import { unreachable } from '@flotilla/core/errors'
import type { ListedMachine } from '../commands/machines.ts'
import type { ListedProcess } from '../commands/process-answer.ts'
import { cliLimitsDefaults } from '../limits.ts'
import type { Key } from '../terminal/keys.ts'

type TopTab = 'processes' | 'nodes'
/** Keys by which a list is sorted, with the letter that chooses them. */
const sortKeys = { c: 'cpu', m: 'memory', p: 'pid', n: 'name', u: 'user' } as const
type TopSort = (typeof sortKeys)[keyof typeof sortKeys]

export interface TopState {
  readonly tab: TopTab
  readonly sort: TopSort
  readonly isReversed: boolean
  readonly filter: string
  readonly mode: TopMode
  readonly machines: readonly ListedMachine[]
  readonly processes: readonly ListedProcess[]
  readonly matching: number
  readonly total: number
  /** Which row is chosen, and the first one that is shown. 0 <= first <= chosen */
  readonly chosen: number
  readonly first: number
  /** Rows of the list that the screen has room for. */
  readonly room: number
  /** What is to be said at the bottom; empty for nothing. */
  readonly notice: string
}

type TopMode =
  | { readonly type: 'list' }
  /** While a filter is written; `before` comes back when it is given up. */
  | { readonly type: 'filter'; readonly before: string }
  | { readonly type: 'confirm'; readonly process: ListedProcess }
  | { readonly type: 'help' }

/** What the world is asked for. */
export type TopEffect =
  | { readonly type: 'quit' }
  /** The list has to be other than it is, so it is asked for at once. */
  | { readonly type: 'ask' }
  | { readonly type: 'signal'; readonly process: ListedProcess; readonly signal: 'SIGTERM' | 'SIGKILL' }

export interface TopStep {
  readonly state: TopState
  readonly effect?: TopEffect
}

export const topAtFirst: TopState = {
  tab: 'processes',
  sort: 'cpu',
  isReversed: false,
  filter: '',
  mode: { type: 'list' },
  machines: [],
  processes: [],
  matching: 0,
  total: 0,
  chosen: 0,
  first: 0,
  room: 1,
  notice: '',
}

/** What becomes of it by one key. */
export function pressed(state: TopState, key: Key): TopStep {
  if (key === 'ctrl-c') return { state, effect: { type: 'quit' } }
  switch (state.mode.type) {
    case 'filter':
      return filtering(state, state.mode.before, key)
    case 'confirm':
      return confirming(state, state.mode.process, key)
    case 'help':
      return { state: { ...state, mode: { type: 'list' } } }
    case 'list':
      return listing({ ...state, notice: '' }, key)
    default:
      return unreachable(state.mode, 'mode of top')
  }
}

function listing(state: TopState, key: Key): TopStep {
  const moved = movedBy(state, key)
  if (moved !== undefined) return { state: within({ ...state, chosen: moved }) }
  if (isSortKey(key)) {
    const sort = sortKeys[key]
    const isReversed = sort === state.sort && !state.isReversed
    return { state: { ...state, sort, isReversed, chosen: 0, first: 0 }, effect: { type: 'ask' } }
  }
  switch (key) {
    case 'q':
      return { state, effect: { type: 'quit' } }
    case 'tab':
    case 'shift-tab':
      return { state: { ...state, tab: state.tab === 'nodes' ? 'processes' : 'nodes', chosen: 0, first: 0 } }
    case 'r':
      return { state: { ...state, isReversed: !state.isReversed }, effect: { type: 'ask' } }
    case '/':
      return { state: { ...state, mode: { type: 'filter', before: state.filter } } }
    case 'escape':
      return state.filter === '' ? { state } : { state: { ...state, filter: '' }, effect: { type: 'ask' } }
    case '?':
    case 'h':
      return { state: { ...state, mode: { type: 'help' } } }
    case 'k': {
      const process = state.tab === 'processes' ? state.processes[state.chosen] : undefined
      if (process === undefined) return { state: { ...state, notice: 'Choose a process first.' } }
      if (process.vm !== null) {
        return { state: { ...state, notice: `That one is in a virtual machine: flotilla vm kill ${process.vm}` } }
      }
      return { state: { ...state, mode: { type: 'confirm', process } } }
    }
    default:
      return { state }
  }
}

function filtering(state: TopState, before: string, key: Key): TopStep {
  const list: TopMode = { type: 'list' }
  const changed = (filter: string): TopStep => {
    return { state: { ...state, filter: filter.slice(0, cliLimitsDefaults.topFilterLengthMax), chosen: 0, first: 0 } }
  }
  switch (key) {
    case 'enter':
      return { state: { ...state, mode: list }, effect: { type: 'ask' } }
    case 'escape':
      return { state: { ...state, mode: list, filter: before }, effect: { type: 'ask' } }
    case 'backspace':
      return changed(Array.from(state.filter).slice(0, -1).join(''))
    case 'ctrl-u':
      return changed('')
    default:
      return Array.from(key).length === 1 ? changed(state.filter + key) : { state }
  }
}

/** Only a clear yes is one. */
function confirming(state: TopState, process: ListedProcess, key: Key): TopStep {
  const back: TopState = { ...state, mode: { type: 'list' } }
  if (key === 'y') return { state: back, effect: { type: 'signal', process, signal: 'SIGTERM' } }
  if (key === 'K') return { state: back, effect: { type: 'signal', process, signal: 'SIGKILL' } }
  return { state: { ...back, notice: 'Nothing was sent.' } }
}

function isSortKey(key: Key): key is keyof typeof sortKeys {
  return Object.hasOwn(sortKeys, key)
}

function movedBy({ chosen, room, ...state }: TopState, key: Key): number | undefined {
  switch (key) {
    case 'up':
      return chosen - 1
    case 'down':
      return chosen + 1
    case 'page-up':
      return chosen - room
    case 'page-down':
      return chosen + room
    case 'home':
      return 0
    case 'end':
      return rowCount(state) - 1
    default:
      return undefined
  }
}

/** What was asked for has come: whoever was chosen stays chosen, wherever he stands now. */
export function heard(
  state: TopState,
  news: Partial<Pick<TopState, 'machines' | 'processes' | 'matching' | 'total' | 'notice'>>,
): TopState {
  const before = state.processes[state.chosen]
  const next = { ...state, ...news }
  if (state.tab !== 'processes' || before === undefined || state.chosen === 0) return within(next)
  const found = next.processes.findIndex((process) => isSame(process, before))
  return within(found === -1 ? next : { ...next, chosen: found })
}

/** The screen has another size. */
export function resized(state: TopState, room: number): TopState {
  return within({ ...state, room: Math.max(1, room) })
}

/** The chosen row is one that there is, and is on the screen. */
function within(state: TopState): TopState {
  const { room } = state
  const count = rowCount(state)
  const chosen = Math.max(0, Math.min(state.chosen, count - 1))
  const lastFirst = Math.max(0, count - room)
  const first = Math.min(Math.max(state.first, chosen - room + 1), chosen, lastFirst)
  return { ...state, chosen, first: Math.max(0, first) }
}

function rowCount(state: Pick<TopState, 'tab' | 'machines' | 'processes' | 'filter' | 'sort' | 'isReversed'>): number {
  return state.tab === 'processes' ? state.processes.length : shownMachines(state).length
}

/** Of the machines, those that the filter names, in order. */
export function shownMachines({
  machines,
  filter,
  sort,
  isReversed,
}: Pick<TopState, 'machines' | 'filter' | 'sort' | 'isReversed'>): readonly ListedMachine[] {
  const found = machines.filter(({ node }) => node.name.includes(filter) || node.id.startsWith(filter))
  const by = (machine: ListedMachine): number => {
    return (sort === 'memory' ? machine.figures['memoryUsedBytes'] : machine.figures['processor']) ?? 0
  }
  const sorted = found.toSorted((one, other) => {
    if (sort === 'cpu' || sort === 'memory') return by(other) - by(one)
    return one.node.name < other.node.name ? -1 : 1
  })
  return isReversed ? sorted.toReversed() : sorted
}

function isSame(one: ListedProcess, other: ListedProcess): boolean {
  return one.pid === other.pid && one.startTicks === other.startTicks && one.node.id === other.node.id
}
