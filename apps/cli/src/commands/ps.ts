import { processSortKeys, queryLimits } from '@flotilla/procmon'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Call, type Command } from './command.ts'
import {
  processRows,
  readProcess,
  readProcesses,
  unansweredLines,
  type ListedProcess,
  type ListedProcesses,
} from './process-answer.ts'

/** As many as fit on a screen, unless somebody says otherwise. */
const shownUsual = 20

export const psCommand: Command = {
  name: 'ps',
  summary: 'the processes of all machines of the cluster, the busiest first',
  usage: 'flotilla ps [TEXT] [--node NODE] [--sort KEY] [--filter CONDITIONS] [--limit N] [--data FOLDER]',
  examples: [
    ['flotilla ps', 'the busiest processes of the whole cluster'],
    ['flotilla ps postgres --sort memory', 'those with "postgres" in their command, the largest first'],
    [
      "flotilla ps --filter 'cpu>10% user=root'",
      'conditions, all of which hold; `--filter help` shows what they may be',
    ],
    ['flotilla ps --node ann --tree', 'all of one machine, as a tree'],
  ],
  options: [
    { name: 'node', placeholder: 'NODE', description: 'only that one; several with commas between' },
    { name: 'sort', placeholder: 'KEY', description: `${processSortKeys.join(', ')}; default: cpu` },
    { name: 'reverse', placeholder: '', description: 'the other way round' },
    { name: 'filter', placeholder: 'CONDITIONS', description: "as 'cpu>10% user=root memory>1G state=running'" },
    {
      name: 'limit',
      placeholder: 'N',
      description: `how many, up to ${queryLimits.processesMax}; default: ${shownUsual}`,
    },
    { name: 'detail', placeholder: '', description: 'open files, and what they read and write; takes a little longer' },
    { name: 'vms', placeholder: '', description: 'also those inside of virtual machines that have an agent' },
    { name: 'tree', placeholder: '', description: 'of one machine: who was started by whom' },
    dataOption,
  ],
  words: { least: 0, most: 1 },
  waitsFor: 'the other machines',
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    return call.options.has('tree') ? tree(client, call) : list(client, call)
  },
}

async function list(client: NodeClient, call: Call): ReturnType<Command['run']> {
  const found = await client.get(`/v1/processes?${parametersOf(call).toString()}`, readProcesses)
  const lines: readonly Line[] = [
    ...processRows(found.processes, { isDetailed: call.options.has('detail') }),
    ...countLines(found),
    ...unansweredLines(found.unanswered),
  ]
  return { exitCode: found.unanswered.length === 0 ? exitCodes.ok : exitCodes.failed, lines, document: found }
}

function countLines({ processes, matching, total }: ListedProcesses): readonly Line[] {
  if (processes.length === matching && matching === total) return []
  const which = matching === total ? `${total} in all` : `${matching} match, of ${total}`
  return [[{ tone: 'quiet', text: `  ${processes.length} shown, ${which}.` }]]
}

function parametersOf({ options, words }: Call): URLSearchParams {
  const parameters = new URLSearchParams({ limit: String(shownUsual) })
  const [text] = words
  if (text !== undefined) parameters.set('text', text)
  for (const name of ['node', 'sort', 'filter'] as const) {
    const value = options.get(name)
    if (value !== undefined) parameters.set(name, value)
  }
  for (const name of ['reverse', 'detail', 'vms'] as const) if (options.has(name)) parameters.set(name, 'true')
  const limit = options.get('limit')
  if (limit !== undefined) parameters.set('limit', limitOf(limit))
  return parameters
}

function limitOf(text: string): string {
  if (/^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= queryLimits.processesMax) return text
  throw wrongUsage(`--limit is ${shown(text)}`, `it must be a whole number from 1 to ${queryLimits.processesMax}`)
}

async function tree(client: NodeClient, { options, words }: Call): ReturnType<Command['run']> {
  const wrong = ['sort', 'reverse', 'filter', 'limit', 'detail', 'vms'].find((name) => options.has(name))
  if (wrong !== undefined || words.length > 0) {
    throw wrongUsage('a tree shows all processes of one machine', 'with --tree give --node only')
  }
  const node = options.get('node')
  const query = node === undefined ? '' : `?${new URLSearchParams({ node }).toString()}`
  const processes = await client.get(`/v1/process-tree${query}`, (answer) => answer.list('processes').map(readProcess))
  const branches = branchesOf(processes)
  const lines = processes.length === 0 ? columns([]) : processRows(processes, { before: (at) => branches[at] ?? '' })
  return { exitCode: exitCodes.ok, lines, document: { processes } }
}

/** Parents come first, so how deep somebody stands is one more than his parent. */
function branchesOf(processes: readonly ListedProcess[]): readonly string[] {
  const depths = new Map<number, number>()
  return processes.map(({ pid, parent }) => {
    const above = depths.get(parent)
    const depth = above === undefined ? 0 : above + 1
    depths.set(pid, depth)
    return depth === 0 ? '' : `${'  '.repeat(depth - 1)}└ `
  })
}
