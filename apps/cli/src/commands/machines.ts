import { durationText } from '@flotilla/core/text'
import { summaryNames } from '@flotilla/procmon'
import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { nodeText, numbersOf, rateText, readNode, shareText, sizeText, type NamedNode } from './machine-answer.ts'

export const machinesCommand: Command = {
  name: 'machines',
  summary: 'how busy and how full the machines of the cluster are',
  usage: 'flotilla machines [--watch] [--data FOLDER]',
  examples: [['flotilla machines --watch --json', 'one JSON document for each change, until Ctrl-C']],
  options: [{ name: 'watch', placeholder: '', description: 'again with each change, until Ctrl-C' }, dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    if (!call.options.has('watch')) {
      const machines = await client.get('/v1/machines', readMachines)
      return { exitCode: exitCodes.ok, lines: machineRows(machines), document: { machines } }
    }
    const { signal } = new AbortController()
    using events = await client.events('/v1/machines-watch', signal)
    for await (const event of events) {
      if (event.text('event') !== 'machines') continue
      const machines = readMachines(event)
      call.say([...machineRows(machines), ''], { machines })
    }
    return { exitCode: exitCodes.ok, lines: [], document: undefined }
  },
}

/** A machine as the node says it is. */
export interface ListedMachine {
  readonly node: NamedNode
  readonly self: boolean
  readonly stale: boolean
  readonly secondsAgo: number
  readonly figures: Readonly<Record<string, number>>
  readonly alertsRaised: number
}

export function readMachines(answer: NodeAnswer): readonly ListedMachine[] {
  return answer.list('machines').map(readMachine)
}

function readMachine(machine: NodeAnswer): ListedMachine {
  return {
    node: readNode(machine.object('node')),
    self: machine.flag('self'),
    stale: machine.flag('stale'),
    secondsAgo: machine.amount('secondsAgo'),
    figures: numbersOf(machine.object('figures'), summaryNames),
    alertsRaised: machine.count('alertsRaised'),
  }
}

const head = ['machine', 'cpu', 'load', 'memory', 'swap', 'disk', 'reads', 'writes', 'in', 'out', 'procs', 'up', '']

function machineRows(machines: readonly ListedMachine[]): readonly Line[] {
  if (machines.length === 0) return ['Nothing is known yet: ask again in a second.']
  return columns([head, ...machines.map(row)])
}

function row({ node, stale, secondsAgo, alertsRaised, figures }: ListedMachine): readonly string[] {
  const { cores, load1, memoryUsedBytes, memoryTotalBytes, uptimeMs, processCount } = figures
  const memory = memoryUsedBytes === undefined ? '' : `${sizeText(memoryUsedBytes)} of ${sizeText(memoryTotalBytes)}`
  const notes = [
    ...(alertsRaised === 0 ? [] : [`${alertsRaised} alert${alertsRaised === 1 ? '' : 's'}`]),
    ...(stale ? [`silent for ${durationText(secondsAgo)}`] : []),
  ]
  return [
    nodeText(node),
    cores === undefined ? shareText(figures['processor']) : `${shareText(figures['processor'])} of ${cores}`,
    load1 === undefined ? '' : load1.toFixed(2),
    memory,
    sizeText(figures['swapUsedBytes']),
    shareText(figures['fullestFileSystem']),
    rateText(figures['diskReadBytesPerSecond']),
    rateText(figures['diskWrittenBytesPerSecond']),
    rateText(figures['networkReceivedBytesPerSecond']),
    rateText(figures['networkSentBytesPerSecond']),
    processCount === undefined ? '' : String(processCount),
    uptimeMs === undefined ? '' : durationText(uptimeMs / 1_000),
    notes.join(', '),
  ]
}
