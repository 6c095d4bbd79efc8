import { FlotillaError, unreachable } from '@flotilla/core/errors'
import { readArguments, type Invocation } from './arguments.ts'
import { readSettings } from './settings/node-settings-file.ts'
import { agentVersion } from './version.ts'

const exitCodes = { ok: 0, problem: 1, usage: 2 } as const

/** What is seldom asked for is loaded only then: this program lives in small machines. */
export async function program(argv: readonly string[]): Promise<number> {
  try {
    return await perform(readArguments(argv))
  } catch (error) {
    const isSaid = error instanceof FlotillaError
    process.stderr.write(`flotilla-agent: ${isSaid ? error.sentence : stackOf(error)}\n`)
    return isSaid && error.code === 'wrong-setting' ? exitCodes.usage : exitCodes.problem
  }
}

async function perform(invocation: Invocation): Promise<number> {
  switch (invocation.action) {
    case 'run': {
      const { run } = await import('./running/run.ts')
      await run(invocation)
      return exitCodes.ok
    }
    case 'help':
      return say([(await import('./usage.ts')).usage()])
    case 'version':
      return say([`flotilla-agent ${agentVersion}, on Node ${process.versions.node}`])
    case 'diagnose': {
      const { diagnose } = await import('./diagnosing/diagnose.ts')
      const { lines, hasProblem } = await diagnose(readSettings(invocation))
      say(lines)
      return hasProblem ? exitCodes.problem : exitCodes.ok
    }
    case 'self-check': {
      const { selfCheck } = await import('./diagnosing/self-check.ts')
      const { lines, isWell } = await selfCheck()
      say(lines)
      return isWell ? exitCodes.ok : exitCodes.problem
    }
    case 'install':
    case 'uninstall': {
      const { install } = await import('./install/node-install.ts')
      return say(await install(invocation))
    }
    default:
      return unreachable(invocation.action, 'thing to do')
  }
}

function say(lines: readonly string[]): number {
  process.stdout.write(`${lines.join('\n')}\n`)
  return exitCodes.ok
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
