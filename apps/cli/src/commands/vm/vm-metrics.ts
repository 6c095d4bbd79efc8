import { exitCodes } from '../../exit-codes.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import { columns, type Line } from '../../terminal/lines.ts'
import { nodeOf, dataOption, type Call, type Command } from '../command.ts'
import { nodeText } from '../machine-answer.ts'
import { historyRows, nodeOption, readFigures, readVm, type ListedVm } from './vm-answer.ts'
import { ordered } from './vm-order.ts'

/** Moments that are shown, unless JSON is asked for. */
const shownUsual = 20

export const vmMetricsCommand: Command = {
  name: 'vm metrics',
  summary: 'the newest figures of a virtual machine, and how they were before; with --fresh it is asked now',
  usage: 'flotilla vm metrics VM [--fresh] [--node NODE] [--data FOLDER]',
  examples: [['flotilla vm metrics web --json', 'all that its agent tells, and the history that is kept']],
  options: [
    { name: 'fresh', placeholder: '', description: 'asks the virtual machine, instead of what it told last' },
    nodeOption,
    dataOption,
  ],
  words: { least: 1, most: 1 },
  waitsFor: 'the virtual machine',
  async run(call) {
    const [vm = ''] = call.words
    if (call.options.has('fresh')) {
      const { ending } = await ordered(call, { vm, command: 'metrics.get' })
      const newest = ending.value('value')
      return { exitCode: exitCodes.ok, lines: [JSON.stringify(newest)], document: { newest } }
    }
    const said = await askedFor(call, vm)
    const lines = [...aboutLines(said.vm), '', ...historyRows(said.history.slice(-shownUsual))]
    return { exitCode: exitCodes.ok, lines, document: said }
  },
}

export const vmInfoCommand: Command = {
  name: 'vm info',
  summary: 'which agent answers in a virtual machine, and what it can be asked to do',
  usage: 'flotilla vm info VM [--node NODE] [--data FOLDER]',
  examples: [['flotilla vm info web', 'which agent answers in it, and what it allows']],
  options: [nodeOption, dataOption],
  words: { least: 1, most: 1 },
  waitsFor: 'the virtual machine',
  async run(call) {
    const { vm } = await askedFor(call, call.words[0] ?? '')
    const can = vm.commands.length === 0 ? 'nothing' : vm.commands.join(', ')
    return { exitCode: exitCodes.ok, lines: [...aboutLines(vm), '', `  It can: ${can}.`], document: { vm } }
  },
}

async function askedFor(call: Call, vm: string) {
  const client = await NodeClient.of(nodeOf(call))
  const node = call.options.get('node')
  const query = node === undefined ? '' : `?${new URLSearchParams({ node }).toString()}`
  return client.get(`/v1/vms/${encodeURIComponent(vm)}${query}`, (answer) => ({
    vm: readVm(answer.object('vm')),
    newest: answer.value('newest'),
    history: answer.list('history').map((point) => ({
      at: point.maybe('at', () => point.text('at')) ?? null,
      figures: readFigures(point),
    })),
  }))
}

function aboutLines({ vm, node, state, why, since, ...rest }: ListedVm): readonly Line[] {
  const { dialect, agentVersion, guest, system, metricsAt, counters } = rest
  const rows: readonly (readonly [string, string])[] = [
    ['vm', `${vm} on ${nodeText(node)}`],
    ['state', `${state}${why === null ? '' : `: ${why}`}${since === null ? '' : `, since ${since}`}`],
    ['agent', dialect === null ? 'none' : `${dialect === 'own' ? 'flotilla' : 'qemu'} ${agentVersion ?? ''}`],
    ['guest', guest ?? ''],
    ['system', system ?? ''],
    ['figures of', metricsAt ?? ''],
    ['orders', String(counters['orders'] ?? 0)],
    ['troubles', `${counters['troubles'] ?? 0}, held off ${counters['cuts'] ?? 0} times`],
  ]
  return columns(rows.filter(([, value]) => value !== ''))
}
