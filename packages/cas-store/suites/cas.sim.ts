import type { Suite } from '@flotilla/sim'
import { casSuite } from './cas/cas-suite.ts'

export const suite: Suite = casSuite({
  name: 'cas',
  summary: 'A store keeps what it acknowledged, and nothing else, whatever its disk does short of rotting.',
  seeds: 1_000,
  mayRot: false,
})
