import type { Suite } from '@flotilla/sim'
import { lockSuite } from './locks/lock-suite.ts'
import { clientLimits } from './locks/settings.ts'

/** Whatever is a little too late shows here, as there is no margin that would hide it. */
export const suite: Suite = lockSuite({
  name: 'locks-sharp',
  summary: 'The same with clocks that agree, and clients that give up nothing of their leases.',
  seeds: 300,
  without: ['clock-drift'],
  limits: { ...clientLimits, clockDriftPermille: 0, leaseMarginMs: 1 },
})
