import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { RaftErrorCode } from '../group.ts'
import type { PendingCall } from './pending-call.ts'

/** What a call says that was not answered in time. */
export function timedOut(pending: PendingCall): FlotillaError<RaftErrorCode> {
  const { route, timeoutMs, call } = pending
  const { setback, limit } = pending.waitsFor ?? pending
  const what = `${nameOf(pending)} group ${route.group}`
  const changes = call.type !== 'read'
  if (changes && (pending.uncertain || pending.sentTo !== undefined)) {
    return new FlotillaError('outcome-unknown', `${what} had no answer within ${timeoutMs} ms: it may happen still`, {
      hint: 'look at the state before doing it again, or let the command say itself what must not happen twice',
    })
  }
  switch (setback) {
    case 'overloaded':
      return new FlotillaError('overloaded', `${what} was refused for ${timeoutMs} ms: ${limit} is reached`, {
        hint: 'it did not happen; call less often',
      })
    case undefined:
    case 'silence':
      return new FlotillaError('deadline-exceeded', `${what} took longer than ${timeoutMs} ms`, {
        hint: 'it did not happen; try again',
      })
    case 'no-leader':
    case 'unreachable':
    case 'not-served':
    default:
      return new FlotillaError('no-leader', `${what} found no leader within ${timeoutMs} ms (${setback})`, {
        hint: 'it did not happen; see that a majority of the members runs and is connected',
      })
  }
}

function nameOf({ call }: PendingCall): string {
  switch (call.type) {
    case 'command':
      return 'a command to'
    case 'read':
      return 'a read of'
    case 'open-session':
    case 'close-session':
      return 'a session with'
    case 'change-members':
      return 'a change of members of'
    case 'transfer':
      return 'a transfer of leadership in'
    default:
      return unreachable(call, 'call')
  }
}

export function closedCall(group: string): FlotillaError<RaftErrorCode> {
  return new FlotillaError('closed', `the client of group ${group} was closed`)
}
