import { unreachable } from '@flotilla/core/errors'
import { Fields, type ExactJson } from '../lines/index.ts'
import { actorUnitsMax, metricsIntervalMsMax, metricsIntervalMsMin } from './limits.ts'
import type { HostLine, OrderSignature } from './messages.ts'

export const noncePattern: RegExp = /^[0-9a-f]{32}$/
const keyPattern = /^[0-9a-f]{64}$/
const signaturePattern = /^[0-9a-f]{128}$/
const commandUnitsMax = 64
const types = ['hello', 'configure', 'collect', 'command', 'cancel', 'beat'] as const
const details = ['brief', 'full'] as const
const most = Number.MAX_SAFE_INTEGER

/** A line of a host, whatever it is; a `ProtocolError` where it is none. */
export function readHostLine(value: ExactJson): HostLine {
  const fields = new Fields(value, 'a line of the host')
  const type = fields.oneOf('type', types)
  if (type === 'hello') {
    return {
      type,
      version: fields.whole('version', 0, 65_535),
      host: fields.matching('host', noncePattern),
      isSealed: fields.flag('isSealed'),
    }
  }
  const session = fields.matching('session', noncePattern)
  switch (type) {
    case 'configure':
      return {
        type,
        session,
        intervalMs: fields.whole('intervalMs', metricsIntervalMsMin, metricsIntervalMsMax),
        detail: fields.oneOf('detail', details),
      }
    case 'collect':
      return { type, session }
    case 'command':
      return {
        type,
        session,
        id: fields.whole('id', 1, most),
        command: fields.text('command', commandUnitsMax),
        arguments: fields.object('arguments'),
        actor: fields.text('actor', actorUnitsMax),
        timeoutMs: fields.whole('timeoutMs', 1, most),
        ...(fields.has('signature') ? { signature: readSignature(fields.inner('signature')) } : {}),
      }
    case 'cancel':
      return { type, session, id: fields.whole('id', 1, most) }
    case 'beat':
      return { type, session, number: fields.whole('number', 0, most) }
    default:
      return unreachable(type, 'line of the host')
  }
}

function readSignature(fields: Fields): OrderSignature {
  return {
    key: fields.matching('key', keyPattern),
    atMs: fields.whole('atMs', 0, most),
    signature: fields.matching('signature', signaturePattern),
  }
}
