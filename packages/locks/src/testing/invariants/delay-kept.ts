import type { LogMillis } from '@flotilla/raft'
import type { ResourceName } from '../../machine/ids.ts'
import type { LockInvariant, LockStep } from './lock-invariant.ts'

/** What a session held exclusively when it expired nobody holds before its lock delay has passed. */
export function delayKept(): LockInvariant {
  const closedUntil = new Map<ResourceName, LogMillis>()
  return {
    name: 'delay kept',
    check(step) {
      noteEnded(step, closedUntil)
      for (const [name, until] of closedUntil) {
        if (step.after.now >= until) closedUntil.delete(name)
        else if ((step.after.resources.get(name)?.holders.length ?? 0) > 0) {
          return `${name} is held at ${step.after.now}, though it is closed until ${until}`
        }
      }
      return undefined
    },
  }
}

function noteEnded({ before, after, command }: LockStep, closedUntil: Map<ResourceName, LogMillis>): void {
  for (const { name, holders } of before.resources.values()) {
    const [writer] = holders
    if (writer?.mode !== 'exclusive' || after.sessions.has(writer.session)) continue
    if (command?.type === 'close-session' && command.orderly) continue
    const delayMs = before.sessions.get(writer.session)?.lockDelayMs ?? 0
    closedUntil.set(name, (after.now + delayMs) as LogMillis)
  }
}
