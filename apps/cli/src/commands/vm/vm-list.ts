import { exitCodes } from '../../exit-codes.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Call, type Command } from '../command.ts'
import { nodeOption, readVm, readVms, unansweredLines, vmRows, type ListedVm } from './vm-answer.ts'

export const vmListCommand: Command = {
  name: 'vm ls',
  summary: 'the virtual machines of all nodes that have a channel, and how they are',
  usage: 'flotilla vm ls [--node NODE] [--data FOLDER]',
  examples: [['flotilla vm ls --json', 'with everything that is known of each']],
  options: [nodeOption, dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const node = call.options.get('node')
    const query = node === undefined ? '' : `?${new URLSearchParams({ node }).toString()}`
    const found = await client.get(`/v1/vms${query}`, readVms)
    const lines = [...vmRows(found.vms), ...unansweredLines(found.unanswered)]
    return { exitCode: found.unanswered.length === 0 ? exitCodes.ok : exitCodes.failed, lines, document: found }
  },
}

const sorts: Readonly<Record<string, (vm: ListedVm) => number>> = {
  cpu: ({ figures }) => (figures['processor'] ?? -1) * (figures['cores'] ?? 1),
  memory: ({ figures }) => figures['memoryUsedBytes'] ?? -1,
  load: ({ figures }) => figures['load1'] ?? -1,
  disk: ({ figures }) => (figures['diskReadBytesPerSecond'] ?? -1) + (figures['diskWrittenBytesPerSecond'] ?? 0),
  network: ({ figures }) =>
    (figures['networkReceivedBytesPerSecond'] ?? -1) + (figures['networkSentBytesPerSecond'] ?? 0),
}

export const vmTopCommand: Command = {
  name: 'vm top',
  summary: 'the virtual machines of this node, the busiest first, again with each change, until Ctrl-C',
  usage: 'flotilla vm top [--sort cpu] [--once] [--data FOLDER]',
  examples: [['flotilla vm top --sort memory', 'the largest first']],
  options: [
    { name: 'sort', placeholder: 'KEY', description: `${Object.keys(sorts).join(', ')}; default: cpu` },
    { name: 'once', placeholder: '', description: 'one list, and no more' },
    dataOption,
  ],
  words: { least: 0, most: 0 },
  async run(call) {
    const order = sortOf(call)
    const client = await NodeClient.of(nodeOf(call))
    const { signal } = new AbortController()
    using events = await client.events('/v1/vms-watch', signal)
    for await (const event of events) {
      if (event.text('event') !== 'vms') continue
      const vms = event.list('vms').map(readVm).toSorted(order)
      if (call.options.has('once')) return { exitCode: exitCodes.ok, lines: vmRows(vms), document: { vms } }
      call.say([...vmRows(vms), ''], { vms })
    }
    return { exitCode: exitCodes.ok, lines: [], document: undefined }
  },
}

function sortOf({ options }: Call): (one: ListedVm, other: ListedVm) => number {
  const key = options.get('sort') ?? 'cpu'
  const figure = Object.hasOwn(sorts, key) ? sorts[key] : undefined
  if (figure !== undefined) return (one, other) => figure(other) - figure(one)
  throw wrongUsage(`--sort is ${shown(key)}`, `it must be one of ${Object.keys(sorts).join(', ')}`)
}
