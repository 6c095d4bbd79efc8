import { unreachable } from '@flotilla/core/errors'
import { commandNames, type CommandOutcome, type JsonValue, type ResourceUsage } from '../contract.ts'
import { Fields, type ExactJson } from '../lines/index.ts'
import { noncePattern } from './host-lines.ts'
import { messageUnitsMax } from './limits.ts'
import { helloRefusals, noticeCodes, type GuestAbout, type GuestLine, type PackedText } from './messages.ts'

const types = ['welcome', 'refused', 'about', 'metrics', 'progress', 'result', 'beat', 'notice', 'ended'] as const
const details = ['brief', 'full'] as const
const most = Number.MAX_SAFE_INTEGER
const nameUnitsMax = 256
const commandsMax = 256
const refusals = [
  'unknown-command',
  'wrong-arguments',
  'not-permitted',
  'not-signed',
  'wrong-signature',
  'replayed',
  'overloaded',
  'not-supported',
  'frozen',
] as const
const failures = ['not-found', 'failed', 'timed-out', 'cancelled', 'too-large', 'exists'] as const

/** A line of a guest, who may be hostile; a `ProtocolError` where it is none. */
export function readGuestLine(value: ExactJson): GuestLine {
  const fields = new Fields(value, 'a line of the guest')
  const type = fields.oneOf('type', types)
  if (type === 'refused') {
    const message = fields.text('message', messageUnitsMax)
    return { type, host: fields.matching('host', noncePattern), code: fields.oneOf('code', helloRefusals), message }
  }
  const session = fields.matching('session', noncePattern)
  switch (type) {
    case 'welcome':
      return {
        type,
        version: fields.whole('version', 0, 65_535),
        host: fields.matching('host', noncePattern),
        session,
        isSealed: fields.flag('isSealed'),
      }
    case 'about':
      return { type, session, about: readAbout(fields.inner('about')) }
    case 'metrics':
      return readMetrics(fields, session)
    case 'progress':
      return readProgress(fields, session)
    case 'result': {
      const id = fields.whole('id', 1, most)
      return { type, session, id, dropped: readDropped(fields), outcome: readOutcome(fields.inner('outcome')) }
    }
    case 'beat':
      return { type, session, number: fields.whole('number', 0, most) }
    case 'notice':
      return { type, session, code: fields.oneOf('code', noticeCodes), count: fields.whole('count', 0, most) }
    case 'ended':
      return { type, session }
    default:
      return unreachable(type, 'line of the guest')
  }
}

function readAbout(fields: Fields): GuestAbout {
  const named = fields.list('commands', commandsMax)
  return {
    guest: fields.text('guest', nameUnitsMax),
    agentVersion: fields.text('agentVersion', nameUnitsMax),
    // A newer guest may know commands that this host does not.
    commands: commandNames.filter((name) => named.includes(name)),
    concurrentMax: fields.whole('concurrentMax', 1, 65_536),
    queuedMax: fields.whole('queuedMax', 0, 65_536),
    lineBytesMax: fields.whole('lineBytesMax', 1, most),
    intervalMs: fields.whole('intervalMs', 1, most),
    detail: fields.oneOf('detail', details),
  }
}

function readMetrics(fields: Fields, session: string): GuestLine {
  const head = {
    type: 'metrics',
    session,
    number: fields.whole('number', 0, most),
    detail: fields.oneOf('detail', details),
  } as const
  if (fields.has('packed')) return { ...head, packed: readPacked(fields.inner('packed')) }
  const figures = fields.object('figures')
  return { ...head, figures }
}

function readPacked(fields: Fields): PackedText {
  return { encoding: fields.text('encoding', 16), bytes: fields.text('bytes', most) }
}

function readProgress(fields: Fields, session: string): GuestLine {
  const head = { type: 'progress', session, id: fields.whole('id', 1, most), dropped: readDropped(fields) } as const
  if (fields.has('note')) return { ...head, note: fields.text('note', messageUnitsMax) }
  return { ...head, stream: fields.oneOf('stream', ['stdout', 'stderr']), bytes: fields.text('bytes', most) }
}

function readDropped(fields: Fields): number {
  return fields.has('dropped') ? fields.whole('dropped', 0, most) : 0
}

/** Also of what another node says that a guest answered. */
export function readOutcome(fields: Fields): CommandOutcome {
  const type = fields.oneOf('type', ['done', 'refused', 'failed'])
  const usage = fields.has('usage') ? readUsage(fields.inner('usage')) : {}
  switch (type) {
    case 'done':
      return { type, value: plain(fields.value('value') ?? null), ...usage }
    case 'refused':
      return { type, code: fields.oneOf('code', refusals), message: fields.text('message', messageUnitsMax) }
    case 'failed':
      return { type, code: fields.oneOf('code', failures), message: fields.text('message', messageUnitsMax), ...usage }
    default:
      return unreachable(type, 'outcome')
  }
}

/** What is no amount is left out: the answer is worth more than what it cost. */
function readUsage(fields: Fields): { readonly usage?: ResourceUsage } {
  const amount = (name: string): number | undefined => {
    const value = fields.value(name)
    return typeof value === 'number' && value >= 0 ? value : undefined
  }
  const [wallMs, processorMs, residentBytesMax] = [amount('wallMs'), amount('processorMs'), amount('residentBytesMax')]
  if (wallMs === undefined) return {}
  const usage = {
    wallMs,
    ...(processorMs === undefined ? {} : { processorMs }),
    ...(residentBytesMax === undefined ? {} : { residentBytesMax }),
  }
  return { usage }
}

/** Without whole numbers beyond what a `number` holds: our guests never send them. */
function plain(value: ExactJson): JsonValue {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly ExactJson[]).map(plain)
  // An assignment to `__proto__` would be lost, or worse.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}
