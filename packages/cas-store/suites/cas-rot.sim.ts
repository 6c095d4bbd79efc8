import type { Suite } from '@flotilla/sim'
import { casSuite } from './cas/cas-suite.ts'

export const suite: Suite = casSuite({
  name: 'cas-rot',
  summary: 'Where bits rot, a store says so, and never gives a wrong byte.',
  seeds: 300,
  mayRot: true,
})
