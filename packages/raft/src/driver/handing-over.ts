import { after, sleep } from '@flotilla/core/time'
import { driverLimits } from '../limits.ts'
import type { GroupDriver } from './group-driver.ts'
import type { NodeRuntime } from './node-runtime.ts'

/** Hands every leadership held here to whoever is placed best, again and again until none is left or time is up. */
export async function handOverAll(groups: readonly GroupDriver[], node: NodeRuntime, timeoutMs: number): Promise<void> {
  const until = after(node.clock.now(), timeoutMs)
  for (;;) {
    const held = groups.filter(
      (group) => group.standing.leading && !group.closed && group.core.status().members.size > 0,
    )
    if (held.length === 0 || node.clock.now() >= until) return
    for (const group of held) {
      group.core.transfer(node.clock.now(), undefined)
      group.look()
    }
    await sleep(node.clock, Math.min(driverLimits.handOverLookMs, Math.max(1, until - node.clock.now())))
  }
}
