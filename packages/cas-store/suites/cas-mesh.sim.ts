import type { Suite } from '@flotilla/sim'
import { meshSuite } from './cas-mesh/mesh-suite.ts'

export const suite: Suite = meshSuite({
  name: 'cas-mesh',
  summary: 'What several nodes have acknowledged survives the loss of one, and what was deleted does not come back.',
  seeds: 200,
  mayRot: false,
})
