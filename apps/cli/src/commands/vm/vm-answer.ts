import { durationText } from '@flotilla/core/text'
import { summaryNames } from '@flotilla/procmon'
import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { columns, type Line } from '../../terminal/lines.ts'
import { nodeText, numbersOf, rateText, readNode, shareText, sizeText, type NamedNode } from '../machine-answer.ts'
import type { Option } from '../command.ts'

export const nodeOption: Option = {
  name: 'node',
  placeholder: 'NODE',
  description: 'where the virtual machine is; default: wherever one of that name is',
}

export const timeoutOption: Option = {
  name: 'timeout',
  placeholder: 'TIME',
  description: 'how long it may take, as 30s or 2h',
}

export type VmFigures = Readonly<Record<string, number>>

/** A virtual machine as the node says it is. */
export interface ListedVm {
  readonly node: NamedNode
  readonly vm: string
  readonly state: string
  readonly why: string | null
  readonly dialect: string | null
  readonly agentVersion: string | null
  readonly guest: string | null
  readonly system: string | null
  readonly since: string | null
  readonly metricsAt: string | null
  readonly figures: VmFigures
  readonly counters: Readonly<Record<string, number>>
  readonly commands: readonly string[]
}

export interface ListedVms {
  readonly vms: readonly ListedVm[]
  readonly unanswered: readonly { readonly node: NamedNode; readonly why: string }[]
}

export function readVms(answer: NodeAnswer): ListedVms {
  return {
    vms: answer.list('vms').map(readVm),
    unanswered: answer
      .list('unanswered')
      .map((silent) => ({ node: readNode(silent.object('node')), why: silent.text('why') })),
  }
}

export function readVm(vm: NodeAnswer): ListedVm {
  const text = (name: string): string | null => vm.maybe(name, () => vm.text(name)) ?? null
  return {
    node: readNode(vm.object('node')),
    vm: vm.text('vm'),
    state: vm.text('state'),
    why: text('why'),
    dialect: text('dialect'),
    agentVersion: text('agentVersion'),
    guest: text('guest'),
    system: text('system'),
    since: text('since'),
    metricsAt: text('metricsAt'),
    figures: readFigures(vm),
    counters: numbersOf(vm.object('counters'), ['sessions', 'metrics', 'orders', 'troubles', 'cuts']),
    commands: vm.texts('commands'),
  }
}

export function readFigures(answer: NodeAnswer): VmFigures {
  return numbersOf(answer.object('figures'), summaryNames)
}

const head = ['vm', 'node', 'state', 'agent', 'cpu', 'load', 'memory', 'disk', 'in', 'out', 'up', '']

export function vmRows(vms: readonly ListedVm[]): readonly Line[] {
  if (vms.length === 0) {
    return ['No channel of a virtual machine is found: see `flotillad --help` for --vm-channels.']
  }
  return columns([head, ...vms.map(row)])
}

function row({ vm, node, state, why, dialect, agentVersion, figures }: ListedVm): readonly string[] {
  return [
    vm,
    nodeText(node),
    state,
    dialect === null ? '' : `${dialect === 'own' ? 'flotilla' : 'qemu'} ${agentVersion ?? ''}`,
    ...figureCells(figures),
    why ?? '',
  ]
}

function figureCells(figures: VmFigures): readonly string[] {
  const { cores, load1, memoryUsedBytes, memoryTotalBytes, uptimeMs } = figures
  const processor = shareText(figures['processor'])
  return [
    cores === undefined ? processor : `${processor} of ${cores}`.trimStart(),
    load1 === undefined ? '' : load1.toFixed(2),
    memoryUsedBytes === undefined ? '' : `${sizeText(memoryUsedBytes)} of ${sizeText(memoryTotalBytes)}`,
    shareText(figures['fullestFileSystem']),
    rateText(figures['networkReceivedBytesPerSecond']),
    rateText(figures['networkSentBytesPerSecond']),
    uptimeMs === undefined ? '' : durationText(uptimeMs / 1_000),
  ]
}

/** One line for each moment. */
export function historyRows(history: readonly { readonly at: string | null; readonly figures: VmFigures }[]): Line[] {
  if (history.length === 0) return ['  No figures yet.']
  const lines = history.map(({ at, figures }) => [at ?? '', ...figureCells(figures)])
  return [...columns([['when', ...head.slice(4, -1)], ...lines])]
}

export function unansweredLines(unanswered: ListedVms['unanswered']): readonly Line[] {
  return unanswered.map(({ node, why }): Line => [{ tone: 'bad', text: `${nodeText(node)} did not answer: ${why}` }])
}
