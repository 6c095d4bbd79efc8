import { FlotillaError } from '@flotilla/core/errors'
import { processSignals } from '@flotilla/procmon'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Call, type Command, type Option } from './command.ts'
import { nodeText } from './machine-answer.ts'
import { readProcesses, type ListedProcess } from './process-answer.ts'

/** As people name them. */
const signals = processSignals.map((name) => name.slice('SIG'.length))

const nodeOption: Option = {
  name: 'node',
  placeholder: 'NODE',
  description: 'where the process is; default: this machine',
}

export const killCommand: Command = {
  name: 'kill',
  summary: 'sends a signal to a process, here or on another machine of the cluster that permits it; it is written down',
  usage: 'flotilla kill PID [--node NODE] [--signal TERM] [--data FOLDER]',
  examples: [['flotilla kill 4711 --node bob --signal KILL', 'ends it at once']],
  options: [
    nodeOption,
    { name: 'signal', placeholder: 'SIGNAL', description: `${signals.join(', ')}; default: TERM` },
    dataOption,
  ],
  words: { least: 1, most: 1 },
  async run(call) {
    const asked = (call.options.get('signal') ?? 'TERM').toUpperCase().replace(/^SIG/, '')
    const signal = signals.find((name) => name === asked)
    if (signal === undefined) throw wrongUsage(`--signal is ${shown(asked)}`, `it must be one of ${signals.join(', ')}`)
    return order(call, '/v1/processes/signal', { signal: `SIG${signal}` }, `SIG${signal} was sent to`)
  },
}

export const reniceCommand: Command = {
  name: 'renice',
  summary: 'gives a process another rank, from -20 (goes first) to 19, here or on another machine; it is written down',
  usage: 'flotilla renice PID NICE [--node NODE] [--data FOLDER]',
  examples: [['flotilla renice 4711 19 --node bob', 'it takes only what nobody else wants']],
  options: [nodeOption, dataOption],
  words: { least: 2, most: 2 },
  async run(call) {
    const text = call.words[1] ?? ''
    const nice = Number(text)
    if (!/^-?\d{1,2}$/.test(text) || nice < -20 || nice > 19) {
      throw wrongUsage(
        `the rank is ${shown(text)}`,
        'it must be a whole number from -20 to 19; write -- before one below 0',
      )
    }
    return order(call, '/v1/processes/nice', { nice }, `The rank is now ${nice} of`)
  },
}

/** Looked for first, so that whoever gets its number in between is left alone. */
async function order(call: Call, path: string, what: object, done: string): ReturnType<Command['run']> {
  const client = await NodeClient.of(nodeOf(call))
  const process = await found(client, call)
  const { bootId, pid, startTicks, node } = process
  await client.post(path, { node: node.id, bootId, pid, startTicks, ...what }, () => undefined)
  const lines = [`${done} ${process.name} (${pid}) on ${nodeText(node)}.`]
  return { exitCode: exitCodes.ok, lines, document: { process, ...what } }
}

async function found(client: NodeClient, { words, options }: Call): Promise<ListedProcess> {
  const [text = ''] = words
  if (!/^\d{1,10}$/.test(text)) {
    throw wrongUsage(`${shown(text)} is no number of a process`, 'see `flotilla ps` for the numbers')
  }
  const node = options.get('node') ?? (await client.figures()).id
  const query = new URLSearchParams({ pid: text, node, limit: '1' })
  const { processes, unanswered } = await client.get(`/v1/processes?${query.toString()}`, readProcesses)
  const [process] = processes
  if (process !== undefined) return process
  const [silent] = unanswered
  if (silent !== undefined) {
    throw new FlotillaError('node-silent', `${nodeText(silent.node)} did not answer: ${silent.why}`)
  }
  throw new FlotillaError('no-such-process', `there is no process ${text} there`, { hint: 'see `flotilla ps`' })
}
