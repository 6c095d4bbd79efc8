import type { Suite } from '@flotilla/sim'
import { meshSuite } from './cas-mesh/mesh-suite.ts'

export const suite: Suite = meshSuite({
  name: 'cas-mesh-rot',
  summary: 'Where the bits of one node rot, the others mend it.',
  seeds: 100,
  mayRot: true,
})
