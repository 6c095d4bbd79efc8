import type { Suite } from '@flotilla/sim'
import { meshSuite } from './cas-mesh/mesh-suite.ts'

export const suite: Suite = meshSuite({
  name: 'cas-mesh-lies',
  summary: 'A node that gives others wrong bytes does no harm: nobody is ever given one, and all copies are made.',
  seeds: 100,
  mayRot: false,
  mayLie: true,
})
