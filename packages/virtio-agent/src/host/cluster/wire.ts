import { ProtocolError, unreachable } from '@flotilla/core/errors'
import { Buffer } from 'node:buffer'
import { commandNames, type JsonValue, type ProgressPiece } from '../../contract.ts'
import { Fields, readJsonLine, type ExactJson } from '../../lines/index.ts'
import { readGuestMetrics } from '../../own/guest-figures.ts'
import { readOutcome } from '../../own/guest-lines.ts'
import { shaped, type FigureShape } from '../../own/figures.ts'
import { vmNameForm } from '../limits.ts'
import type { VmMetrics, VmOutcome, VmState, VmSummary } from '../contract.ts'
import { plain } from '../qga-orders.ts'
import type { GuestQuestion, GuestReply } from './contract.ts'

const actorUnitsMax = 256
const textUnitsMax = 4_096
const most = Number.MAX_SAFE_INTEGER
const timeoutMsMax = 86_400_000
const limits = { depthMax: 40, valuesMax: 400_000 }

/** A line for the other node, its end included. */
export function writeLine(value: GuestQuestion | GuestReply): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, bytesAsText)}\n`)
}

function bytesAsText(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

/** What another node asks. Throws a `ProtocolError`. */
export function readQuestion(line: Uint8Array): GuestQuestion {
  const fields = fieldsIn(line)
  const type = fields.oneOf('type', ['list', 'metrics', 'order'])
  if (type === 'list') return { type }
  const vm = fields.matching('vm', vmNameForm)
  if (type === 'metrics') return { type, vm }
  return {
    type,
    vm,
    command: fields.oneOf('command', commandNames),
    arguments: plain(fields.object('arguments')) as Readonly<Record<string, JsonValue>>,
    actor: fields.text('actor', actorUnitsMax),
    timeoutMs: fields.whole('timeoutMs', 1, timeoutMsMax),
  }
}

/** What another node answers. Throws a `ProtocolError`. */
export function readReply(line: Uint8Array): GuestReply {
  const fields = fieldsIn(line)
  const type = fields.oneOf('type', ['vm', 'metrics', 'progress', 'ended', 'failed'])
  switch (type) {
    case 'vm':
      return { type, vm: summaryIn(fields.value('vm')) }
    case 'metrics':
      return { type, metrics: metricsIn(fields.inner('metrics')) }
    case 'progress':
      return { type, piece: pieceIn(fields.inner('piece')) }
    case 'ended':
      return { type, outcome: outcomeIn(fields.inner('outcome')) }
    case 'failed':
      return {
        type,
        code: fields.matching('code', /^[a-z][a-z-]{0,63}$/),
        message: fields.text('message', textUnitsMax),
        hint: fields.text('hint', textUnitsMax),
      }
    default:
      return unreachable(type, 'answer')
  }
}

const states: readonly VmState[] = ['away', 'silent', 'there', 'refused', 'held-off']

const summaryShape: FigureShape = {
  fields: {
    vm: 'text',
    state: 'text',
    'why?': 'text',
    'dialect?': 'text',
    'agentVersion?': 'text',
    'guest?': 'text',
    'system?': 'text',
    commands: { list: 'text' },
    sinceMs: 'number',
    'metricsAtMs?': 'number',
    figures: 'numbers',
    counters: {
      fields: { sessions: 'number', metrics: 'number', orders: 'number', troubles: 'number', cuts: 'number' },
    },
  },
}

function summaryIn(value: ExactJson | undefined): VmSummary {
  const summary = shaped(value, summaryShape)
  if (isSummary(summary)) return summary
  throw new ProtocolError('wrong-field', 'a node tells of a virtual machine what cannot be')
}

/** The shape above is that type, but for its words. */
function isSummary(value: unknown): value is VmSummary {
  if (typeof value !== 'object' || value === null) return false
  const { vm, state, dialect } = value as { readonly vm: string; readonly state: VmState; readonly dialect?: string }
  return vmNameForm.test(vm) && states.includes(state) && (dialect === undefined || /^(own|qga)$/.test(dialect))
}

const pointShape: FigureShape = { list: { fields: { atMs: 'number', figures: 'numbers' } } }

function metricsIn(fields: Fields): VmMetrics {
  const newest = fields.has('newest') ? { newest: readGuestMetrics(fields.value('newest')) } : {}
  const history = shaped(fields.value('history'), pointShape) as VmMetrics['history'] | undefined
  return { summary: summaryIn(fields.value('summary')), ...newest, history: history ?? [] }
}

function pieceIn(fields: Fields): ProgressPiece {
  if (fields.oneOf('type', ['output', 'note']) === 'note') {
    return { type: 'note', text: fields.text('text', textUnitsMax) }
  }
  const bytes = Uint8Array.from(Buffer.from(fields.text('bytes', most), 'base64'))
  return { type: 'output', stream: fields.oneOf('stream', ['stdout', 'stderr']), bytes }
}

function outcomeIn(fields: Fields): VmOutcome {
  const dropped = fields.whole('dropped', 0, most)
  const ending = fields.inner('ending')
  if (ending.value('type') !== 'lost') return { ending: readOutcome(ending), dropped }
  const message = ending.text('message', textUnitsMax)
  return { ending: { type: 'lost', mayHaveRun: ending.flag('mayHaveRun'), message }, dropped }
}

function fieldsIn(line: Uint8Array): Fields {
  return new Fields(readJsonLine(line, { messageBytesMax: line.length, ...limits }), 'a line of another node')
}
