import { bytesText } from '@flotilla/core/text'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { nodeText, rateText, readNode, type NamedNode } from './machine-answer.ts'

/** A process as the node says it is. */
export interface ListedProcess {
  readonly node: NamedNode
  readonly vm: string | null
  readonly bootId: string
  readonly pid: number
  readonly startTicks: number
  readonly parent: number
  readonly name: string
  readonly command: string
  readonly user: string
  readonly state: string
  readonly processor: number
  readonly residentBytes: number
  readonly memory: number
  readonly privateBytes: number | null
  readonly threads: number
  readonly nice: number
  readonly startedAt: string
  readonly openFiles: number | null
  readonly readBytesPerSecond: number | null
  readonly writtenBytesPerSecond: number | null
}

export interface ListedProcesses {
  readonly processes: readonly ListedProcess[]
  readonly matching: number
  readonly total: number
  readonly unanswered: readonly { readonly node: NamedNode; readonly why: string }[]
}

export function readProcess(process: NodeAnswer): ListedProcess {
  return {
    node: readNode(process.object('node')),
    vm: process.maybe('vm', () => process.text('vm')) ?? null,
    bootId: process.text('bootId'),
    pid: process.count('pid'),
    startTicks: process.count('startTicks'),
    parent: process.count('parent'),
    name: process.text('name'),
    command: process.text('command'),
    user: process.text('user'),
    state: process.text('state'),
    processor: process.amount('processor'),
    residentBytes: process.count('residentBytes'),
    memory: process.amount('memory'),
    privateBytes: process.maybeNumber('privateBytes') ?? null,
    threads: process.count('threads'),
    nice: process.number('nice'),
    startedAt: process.text('startedAt'),
    openFiles: process.maybeNumber('openFiles') ?? null,
    readBytesPerSecond: process.maybeNumber('readBytesPerSecond') ?? null,
    writtenBytesPerSecond: process.maybeNumber('writtenBytesPerSecond') ?? null,
  }
}

export function readProcesses(answer: NodeAnswer): ListedProcesses {
  return {
    processes: answer.list('processes').map(readProcess),
    matching: answer.count('matching'),
    total: answer.count('total'),
    unanswered: answer
      .list('unanswered')
      .map((silent) => ({ node: readNode(silent.object('node')), why: silent.text('why') })),
  }
}

const head = ['node', 'pid', 'user', 'cpu', 'memory', 'private', 'thr', 'state', 'command']
const detailHead = [...head.slice(0, -1), 'files', 'read', 'written', 'command']

/** What stands in front of each command, as in a tree, may be given. */
export function processRows(
  processes: readonly ListedProcess[],
  {
    isDetailed = false,
    before = () => '',
  }: { readonly isDetailed?: boolean; readonly before?: (index: number) => string },
): readonly Line[] {
  if (processes.length === 0) return ['No process is like that.']
  return columns([
    isDetailed ? detailHead : head,
    ...processes.map((process, index) => {
      const row = rowOf(process)
      const more = isDetailed ? detailOf(process) : []
      return [...row, ...more, `${before(index)}${process.command === '' ? process.name : process.command}`]
    }),
  ])
}

function rowOf({
  node,
  vm,
  pid,
  user,
  processor,
  residentBytes,
  privateBytes,
  threads,
  state,
}: ListedProcess): string[] {
  return [
    vm === null ? nodeText(node) : `${nodeText(node)}/${vm}`,
    String(pid),
    user,
    `${(processor * 100).toFixed(1)} %`,
    bytesText(residentBytes),
    privateBytes === null ? '' : bytesText(privateBytes),
    String(threads),
    state,
  ]
}

function detailOf({ openFiles, readBytesPerSecond, writtenBytesPerSecond }: ListedProcess): string[] {
  return [
    openFiles === null ? '' : String(openFiles),
    rateText(readBytesPerSecond ?? undefined),
    rateText(writtenBytesPerSecond ?? undefined),
  ]
}

export function unansweredLines(unanswered: ListedProcesses['unanswered']): readonly Line[] {
  return unanswered.map(({ node, why }): Line => [{ tone: 'bad', text: `${nodeText(node)} did not answer: ${why}` }])
}
