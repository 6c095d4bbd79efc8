import type { Confinement } from './contract.ts'

/**
 * How limits are kept:
 * - `cgroup`: a control group of its own: all of them, for everything that it starts.
 * - `rlimits`: by the shell, for each process on its own: memory as address space, processor as seconds in all.
 * - `none`: there is no shell.
 */
export type ConfinementWay = 'cgroup' | 'rlimits' | 'none'

export interface CommandToConfine {
  readonly path: string
  readonly arguments: readonly string[]
  readonly mergesOutput: boolean
  readonly confinement: Confinement | undefined
  readonly timeoutMs: number | undefined
  readonly way: ConfinementWay
  /** Of the control group, where it is by that. */
  readonly groupFolder: string | undefined
}

export interface ConfinedCommand {
  readonly path: string
  readonly arguments: readonly string[]
}

/** Exit code of the shell where the control group cannot be entered: the program was not run. */
const notConfinedCode = 125

/** Where the machine itself is out of memory, sooner than a program may be, the kernel ends this one before others. */
const firstToGo = ['{ echo 1000 > /proc/self/oom_score_adj; } 2>/dev/null']

/**
 * The command line that runs it within its limits: through a shell that limits itself and then becomes the program.
 * Nothing of the program's name or arguments is read by the shell.
 */
export function confinedCommand(command: CommandToConfine): ConfinedCommand {
  const { path, way, groupFolder, confinement, timeoutMs, mergesOutput } = command
  const steps: string[] = []
  const given: string[] = []
  if (way === 'cgroup' && groupFolder !== undefined) {
    given.push(groupFolder)
    steps.push(`echo $$ > "$1/cgroup.procs" || exit ${notConfinedCode}`, 'shift', ...firstToGo)
  } else if (way === 'rlimits' && confinement !== undefined) steps.push(...rlimits(confinement, timeoutMs))
  if (steps.length === 0 && !mergesOutput) return { path, arguments: command.arguments }
  const script = [...steps, `exec "$@"${mergesOutput ? ' 2>&1' : ''}`].join('\n')
  return { path: '/bin/sh', arguments: ['-c', script, 'sh', ...given, path, ...command.arguments] }
}

function rlimits({ memoryBytesMax, processorPercentMax }: Confinement, timeoutMs: number | undefined): string[] {
  const limits: string[] = []
  if (memoryBytesMax !== undefined)
    limits.push(`ulimit -v ${Math.ceil(memoryBytesMax / 1_024)} || exit ${notConfinedCode}`)
  if (processorPercentMax !== undefined && timeoutMs !== undefined) {
    // A share cannot be limited that way; the same processor time over the whole timeout can.
    const seconds = Math.max(1, Math.ceil(((timeoutMs / 1_000) * processorPercentMax) / 100))
    limits.push(`ulimit -t ${seconds} || exit ${notConfinedCode}`)
  }
  return limits
}
