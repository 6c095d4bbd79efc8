import { SystemPrograms } from '../system-programs.ts'
import type { ScriptedRunner } from './scripted-runner.ts'

export function scriptedPrograms(runner: ScriptedRunner): SystemPrograms {
  return new SystemPrograms({ runner, timeoutMs: 1_000, outputBytesMax: 4_096, environment: ['PATH=/bin'] })
}
