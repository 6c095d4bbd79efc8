import type { Suite } from '@flotilla/sim'
import { lockSuite } from './locks/lock-suite.ts'
import { clientLimits } from './locks/settings.ts'

export const suite: Suite = lockSuite({
  name: 'locks',
  summary:
    'Locks exclude, are lost in time and served in turn, whatever members, clients, networks, disks and clocks do.',
  seeds: 1_000,
  without: [],
  limits: clientLimits,
})
