import { unreachable } from '@flotilla/core/errors'
import type { CommandOutcome, JsonValue } from '../contract.ts'
import type { ExactJson } from '../lines/index.ts'
import type { QgaEnding } from '../qga/client/index.ts'
import type { OrderEnding } from '../own/index.ts'
import type { VmOrder, VmQgaCall } from './contract.ts'

type QgaPart = Pick<VmQgaCall, 'command' | 'arguments' | 'isSilent'>

/** Those of our commands that the QEMU dialect has a word for; what they answer is as that dialect says it. */
const words: Readonly<Record<string, QgaPart>> = {
  ping: { command: 'guest-ping' },
  info: { command: 'guest-get-osinfo' },
  'network.show': { command: 'guest-network-get-interfaces' },
  'disk.show': { command: 'guest-get-fsinfo' },
  'user.list': { command: 'guest-get-users' },
  'time.get': { command: 'guest-get-time' },
  'power.off': { command: 'guest-shutdown', arguments: { mode: 'powerdown' }, isSilent: true },
  'power.reboot': { command: 'guest-shutdown', arguments: { mode: 'reboot' }, isSilent: true },
}

/** What to ask for in the QEMU dialect; undefined where it cannot be said there. */
export function qgaOrder({ command, arguments: given }: VmOrder): QgaPart | undefined {
  return Object.keys(given).length === 0 && Object.hasOwn(words, command) ? words[command] : undefined
}

export function notInQga({ command }: VmOrder): CommandOutcome {
  const message = `only the QEMU guest agent answers there, which does no ${command}: install flotilla-agent in it`
  return { type: 'refused', code: 'not-supported', message }
}

export function endingOfQga(ending: QgaEnding): OrderEnding {
  switch (ending.type) {
    case 'returned':
      return { type: 'done', value: plain(ending.value) }
    case 'silent':
      return { type: 'done', value: null }
    case 'refused': {
      const { class: name, message } = ending
      if (name === 'CommandNotFound') return { type: 'refused', code: 'not-supported', message }
      return { type: 'failed', code: 'failed', message }
    }
    case 'lost':
      return ending
    default:
      return unreachable(ending, 'ending')
  }
}

/** Numbers that do not fit become texts. */
export function plain(value: ExactJson): JsonValue {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly ExactJson[]).map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}
