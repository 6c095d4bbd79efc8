// None of these is a finding: tests may import the simulator and devDependencies.
import { world } from '@flotilla/sim'
import { test } from 'vitest'
import { figures } from './canary.ts'

test('figures', () => world(figures))
