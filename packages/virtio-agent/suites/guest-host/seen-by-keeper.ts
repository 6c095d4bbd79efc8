import type { Millis } from '@flotilla/core/time'
import type { GuestHost } from '../../src/index.ts'
import type { Estate } from './estate.ts'
import { graceMs, keeperLimits, promptMs } from './settings.ts'

const textUnitsMax = 256
const shownSentence = 'What is shown of machines is within its limits.'
const endSentence = 'Each order ends in its time.'
const promptSentence = "A machine in good order answers at once, whatever the others' trouble."

/** What people are shown is bounded, whatever guests say of themselves. */
export function checkShown({ world }: Estate, keeper: GuestHost): void {
  const list = keeper.list()
  if (list.length > keeperLimits.vmsMax) world.fail(shownSentence, `${list.length} machines`)
  for (const { vm, guest = '', agentVersion = '', why = '', system = '' } of list) {
    const longest = Math.max(...[guest, agentVersion, why, system].map(({ length }) => length))
    if (longest > textUnitsMax) world.fail(shownSentence, `a text of ${longest} units of ${vm}`)
    const points = keeper.metrics(vm).history.length
    if (points > keeperLimits.historyPointsMax) world.fail(shownSentence, `${points} figures of ${vm}`)
  }
}

/** By the host's own clock, twice in a row: after a pause it may be seen just before it is told. */
export function checkOpenOrders({ world, open }: Estate, now: Millis): void {
  for (const [ticket, order] of open) {
    const { machine, givenAt, timeoutMs } = order
    const isWitness = machine.character === 'witness'
    // It waits to be sent, and then for its answer.
    const allowedMs = isWitness ? promptMs : 2 * (timeoutMs + graceMs)
    if (now - givenAt <= allowedMs) continue
    if (order.isSeenLate) world.fail(isWitness ? promptSentence : endSentence, `${ticket} in ${machine.name}`)
    order.isSeenLate = true
  }
}
