import type { NodeId } from '@flotilla/core/ids'
import { after } from '@flotilla/core/time'
import type { CoreState } from './core-state.ts'
import type { ChangeRefusal } from './inputs.ts'
import { bestPlaced } from './leadership.ts'

/** Hands over to a voter (thesis §3.10): no more commands, everything to him, then he stands without asking first. */
export function beginTransfer(state: CoreState, wanted: NodeId | undefined): { readonly to: NodeId } | ChangeRefusal {
  const { leading, now, settings } = state
  if (leading === undefined) return { refused: 'not-leader', leader: state.leader }
  const to = wanted ?? state.transfer?.to ?? bestPlaced(state)?.id
  if (to === undefined) return { refused: 'wrong-members', why: 'no other voter is there to take over' }
  if (state.transfer !== undefined) return state.transfer.to === to ? { to } : { refused: 'change-under-way' }
  if (to === state.self) {
    state.tell({ type: 'transfer-ended', to, succeeded: true })
    return { to }
  }
  if (!state.configuration.voters.includes(to)) return { refused: 'wrong-members', why: `${to} is no voter` }
  state.transfer = { to, until: after(now, settings.transferTimeoutMs), asked: false }
  leading.busyAt = now
  askToStand(state)
  return { to }
}

/** As soon as he has everything; again at each tick, since the message may be lost. */
export function askToStand(state: CoreState): void {
  const { transfer, log, term, leading } = state
  if (transfer === undefined || leading === undefined) return
  const member = leading.members.get(transfer.to)
  if (member === undefined || member.match < log.lastIndex) return
  transfer.asked = true
  state.send(transfer.to, { type: 'stand', term })
}

/** Gives up one that has taken too long, or whose aim is no voter any more. */
export function endTransferIfOver(state: CoreState): void {
  const { transfer, now } = state
  if (transfer === undefined) return
  if (now < transfer.until && state.configuration.voters.includes(transfer.to)) return
  state.transfer = undefined
  state.tell({ type: 'transfer-ended', to: transfer.to, succeeded: false })
}
