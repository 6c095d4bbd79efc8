import type { Invariant } from '@flotilla/sim'
import type { Lookout } from './lookout.ts'

/** Whatever is done to a process was asked for by somebody who may, and was written down before. */
export function permittedOrders({ eyes, operator }: Lookout): Invariant {
  return {
    sentence: 'A machine obeys only whom it should, and writes down first what it is going to do.',
    check() {
      for (const [name, { id, machine, records }] of eyes) {
        const asked = records.filter(({ outcome }) => outcome === 'asked')
        if (machine.orders.length > asked.length) return `${name} did what is not written down`
        const stranger = asked.find(({ from }) => from !== operator)
        if (stranger !== undefined) return `${name} obeyed ${stranger.from}, who is not ${operator} (it is ${id})`
      }
      return undefined
    },
  }
}
