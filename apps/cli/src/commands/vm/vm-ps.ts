import { bytesText } from '@flotilla/core/text'
import { FlotillaError } from '@flotilla/core/errors'
import { exitCodes } from '../../exit-codes.ts'
import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { columns } from '../../terminal/lines.ts'
import { dataOption, shown, wrongUsage, type Command } from '../command.ts'
import { nodeOption } from './vm-answer.ts'
import { ordered } from './vm-order.ts'

const shownUsual = 20
const listMax = 1_000

export const vmPsCommand: Command = {
  name: 'vm ps',
  summary: 'the processes of a virtual machine, the busiest first',
  usage: 'flotilla vm ps VM [TEXT] [--sort KEY] [--limit N] [--node NODE] [--data FOLDER]',
  examples: [['flotilla vm ps web nginx --sort memory', 'those with "nginx" in their command, the largest first']],
  options: [
    { name: 'sort', placeholder: 'KEY', description: 'cpu, memory, pid, name, user, threads, age; default: cpu' },
    { name: 'limit', placeholder: 'N', description: `how many, up to ${listMax}; default: ${shownUsual}` },
    nodeOption,
    dataOption,
  ],
  words: { least: 1, most: 2 },
  waitsFor: 'the virtual machine',
  async run(call) {
    const [vm = '', text] = call.words
    const sort = call.options.get('sort')
    const limit = limitOf(call.options.get('limit') ?? String(shownUsual))
    const given = { limit, ...(text === undefined ? {} : { text }), ...(sort === undefined ? {} : { sort }) }
    const { ending } = await ordered(call, { vm, command: 'process.list', arguments: given })
    const rows = ending.object('value').list('processes').map(processRow)
    const head = ['pid', 'user', 'cpu', 'memory', 'thr', 'state', 'command']
    const lines = rows.length === 0 ? ['No process is like that.'] : columns([head, ...rows])
    return { exitCode: exitCodes.ok, lines, document: ending.value('value') }
  },
}

const signals = ['TERM', 'KILL', 'INT', 'HUP', 'STOP', 'CONT', 'USR1', 'USR2'] as const

export const vmKillCommand: Command = {
  name: 'vm kill',
  summary: 'sends a signal to a process of a virtual machine; it is written down',
  usage: 'flotilla vm kill VM PID [--signal TERM] [--node NODE] [--data FOLDER]',
  examples: [['flotilla vm kill web 4711 --signal KILL', 'ends that process in it at once']],
  options: [
    { name: 'signal', placeholder: 'SIGNAL', description: `${signals.join(', ')}; default: TERM` },
    nodeOption,
    dataOption,
  ],
  words: { least: 2, most: 2 },
  async run(call) {
    const [vm = '', pid = ''] = call.words
    const asked = (call.options.get('signal') ?? 'TERM').toUpperCase().replace(/^SIG/, '')
    const signal = signals.find((name) => name === asked)
    if (signal === undefined) throw wrongUsage(`--signal is ${shown(asked)}`, `it must be one of ${signals.join(', ')}`)
    if (!/^\d{1,10}$/.test(pid)) throw wrongUsage(`${shown(pid)} is no number of a process`, 'see `flotilla vm ps`')
    const { ending } = await ordered(call, { vm, command: 'process.list', arguments: { pid: Number(pid) } })
    const [process] = ending.object('value').list('processes')
    if (process === undefined) {
      throw new FlotillaError('no-such-process', `there is no process ${pid} in ${vm}`, {
        hint: 'see `flotilla vm ps`',
      })
    }
    // Told by more than its number, so that whoever gets that in between is left alone.
    const identity = { bootId: process.text('bootId'), pid: Number(pid), startTicks: process.count('startTicks') }
    const given = { ...identity, signal: `SIG${signal}` }
    await ordered(call, { vm, command: 'process.kill', arguments: given })
    const lines = [`SIG${signal} was sent to ${process.text('name')} (${pid}) in ${vm}.`]
    return { exitCode: exitCodes.ok, lines, document: given }
  },
}

function limitOf(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= listMax) return Number(text)
  throw wrongUsage(`--limit is ${shown(text)}`, `it must be a whole number from 1 to ${listMax}`)
}

function processRow(process: NodeAnswer): readonly string[] {
  const command = process.text('command')
  return [
    String(process.count('pid')),
    process.text('user'),
    `${(process.amount('processor') * 100).toFixed(1)} %`,
    bytesText(process.count('residentBytes')),
    String(process.count('threads')),
    process.text('state'),
    command === '' ? process.text('name') : command,
  ]
}
