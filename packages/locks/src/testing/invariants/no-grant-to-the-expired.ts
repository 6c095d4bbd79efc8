import type { OwnerState } from '../../machine/state-view.ts'
import { ownerKey, type LockInvariant } from './lock-invariant.ts'

/**
 * Nobody holds or waits but sessions whose time is not over; and to a session that is gone nothing is answered but that
 * it is.
 */
export function noGrantToTheExpired(): LockInvariant {
  return {
    name: 'no grant to the expired',
    check({ before, after, command, result }) {
      for (const [id, { expiresAt }] of after.sessions) {
        if (expiresAt <= after.now) return `session ${id} is there at ${after.now}, though it ended at ${expiresAt}`
      }
      for (const { name, holders, waiters } of after.resources.values()) {
        const gone = [...holders, ...waiters].find(({ session }: OwnerState) => !after.sessions.has(session))
        if (gone !== undefined) return `${ownerKey(gone)} is at ${name}, and its session is gone`
      }
      if (command === undefined || command.type === 'open-session' || before.sessions.has(command.session)) {
        return undefined
      }
      if (result?.type === 'session-expired') return undefined
      return `session ${command.session} is gone, and was answered ${result?.type ?? 'with a refusal'}`
    },
  }
}
