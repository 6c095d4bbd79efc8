import type { Clock } from '@flotilla/core/time'
import { ManualClock } from '@flotilla/core/testing'
import { SystemPrograms } from '../system-programs.ts'
import type { ScriptedRunner } from './scripted-runner.ts'

export function scriptedPrograms(runner: ScriptedRunner, clock: Clock = new ManualClock()): SystemPrograms {
  const limits = { timeoutMs: 1_000, stuckMs: 500, outputBytesMax: 4_096 }
  return new SystemPrograms({ ...limits, runner, clock, environment: ['PATH=/bin'] })
}
