import { exitCodes } from '../../exit-codes.ts'
import { cliLimitsDefaults } from '../../limits.ts'
import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { columns } from '../../terminal/lines.ts'
import { dataOption, shown, wrongUsage, type Command } from '../command.ts'
import { nodeOption, timeoutOption } from './vm-answer.ts'
import { ordered, timeoutOf, type VmPiece } from './vm-order.ts'
import { safeText } from '@flotilla/core/text'

const serviceActs = ['start', 'stop', 'restart', 'enable', 'disable'] as const

export const vmServicesCommand: Command = {
  name: 'vm services',
  summary: 'the services of a virtual machine; or starts, stops, restarts, enables or disables one of them',
  usage: 'flotilla vm services VM [start|stop|restart|enable|disable NAME] [--node NODE] [--data FOLDER]',
  examples: [
    ['flotilla vm services web', 'all of them'],
    ['flotilla vm services web restart nginx', 'done when this comes back'],
  ],
  options: [timeoutOption, nodeOption, dataOption],
  words: { least: 1, most: 3 },
  waitsFor: 'the virtual machine',
  async run(call) {
    const [vm = '', act, name] = call.words
    const timeoutSeconds = timeoutOf(call, cliLimitsDefaults.vmOrderSecondsUsual)
    if (act === undefined) {
      const { ending } = await ordered(call, { vm, command: 'service.list', timeoutSeconds })
      const value = ending.object('value')
      const rows = value.list('services').map(serviceRow)
      const lines =
        rows.length === 0 ? ['It has no services.'] : columns([['service', 'state', 'on boot', ''], ...rows])
      return { exitCode: exitCodes.ok, lines, document: ending.value('value') }
    }
    const known = serviceActs.find((each) => each === act)
    if (known === undefined) throw wrongUsage(`${shown(act)} is no act`, `write one of ${serviceActs.join(', ')}`)
    if (name === undefined) throw wrongUsage('the name of the service is missing', `write \`${act} NAME\``)
    const { ending } = await ordered(call, { vm, command: `service.${known}`, arguments: { name }, timeoutSeconds })
    return { exitCode: exitCodes.ok, lines: [`${known}: ${name} in ${vm}, done.`], document: ending.value('value') }
  },
}

function serviceRow(service: NodeAnswer): readonly string[] {
  const isEnabled = service.maybe('isEnabled', () => service.flag('isEnabled'))
  const onBoot = isEnabled === undefined ? '' : isEnabled ? 'yes' : 'no'
  return [service.text('name'), service.text('state'), onBoot, service.text('description')]
}

const packageActs = ['install', 'remove', 'update'] as const

export const vmPackagesCommand: Command = {
  name: 'vm packages',
  summary: 'the packages of a virtual machine; or searches, installs, removes or updates some',
  usage: 'flotilla vm packages VM [search TEXT|install NAME...|remove NAME...|update [NAME...]] [--node NODE]',
  examples: [
    ['flotilla vm packages web install nginx curl', 'by the package manager of its system'],
    ['flotilla vm packages web update', 'everything, to the newest'],
  ],
  options: [timeoutOption, nodeOption, dataOption],
  words: { least: 1, most: 102 },
  waitsFor: 'the virtual machine',
  async run(call) {
    const [vm = '', act, ...names] = call.words
    const timeoutSeconds = timeoutOf(call, cliLimitsDefaults.vmLongOrderSecondsUsual)
    if (act === undefined || act === 'search') {
      const [text] = names
      if (act === 'search' && text === undefined) throw wrongUsage('the text is missing', 'write `search TEXT`')
      const question = act === undefined ? {} : { arguments: { text } }
      const command = act === undefined ? 'package.list' : 'package.search'
      const { ending } = await ordered(call, { vm, command, timeoutSeconds, ...question })
      const rows = ending.object('value').list('packages').map(packageRow)
      const lines = rows.length === 0 ? ['There is none.'] : columns([['package', 'version', '', 'newer'], ...rows])
      return { exitCode: exitCodes.ok, lines, document: ending.value('value') }
    }
    const known = packageActs.find((each) => each === act)
    if (known === undefined) throw wrongUsage(`${shown(act)} is no act`, 'write search, install, remove or update')
    if (names.length === 0 && known !== 'update') {
      throw wrongUsage('the names of packages are missing', `write \`${known} NAME\``)
    }
    const given = { arguments: names.length === 0 ? {} : { names } }
    const { ending } = await ordered(call, { vm, command: `package.${known}`, ...given, timeoutSeconds, onPiece: tell })
    const what = names.length === 0 ? 'everything' : names.join(', ')
    return { exitCode: exitCodes.ok, lines: [`${known}: ${what} in ${vm}, done.`], document: ending.value('value') }
  },
}

/** What the guest's system says meanwhile is no part of the answer. */
function tell(piece: VmPiece): void {
  if (piece.type === 'note') process.stderr.write(`${safeText(piece.text)}\n`)
  else process.stderr.write(new TextDecoder().decode(piece.bytes).split('\n').map(safeText).join('\n'))
}

function packageRow(each: NodeAnswer): readonly string[] {
  const newer = each.maybe('newerVersion', () => each.text('newerVersion')) ?? ''
  return [each.text('name'), each.text('version'), each.flag('isInstalled') ? 'installed' : '', newer]
}
