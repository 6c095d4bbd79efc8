import { makerOf } from './node-namespace-name.ts'
import { systemTool } from './node-system-tool.ts'

/** Removes what runs have left that were killed before they could clean up. Those of living runs are let alone. */
export async function sweepLeftovers(): Promise<void> {
  const listed = await systemTool('ip', ['netns', 'list'])
  const names = listed.split('\n').map((line) => line.split(' ', 1)[0] ?? '')
  await removeNamespaces(names.filter((name) => isOfDeadRun(name)))
}

/** With everything that still runs in them. One that is gone already, as another sweep was faster, is no failure. */
export async function removeNamespaces(names: readonly string[]): Promise<void> {
  for (const name of names) await endProcesses(name)
  for (const name of names) {
    try {
      await systemTool('ip', ['netns', 'delete', name])
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('No such file')) throw error
    }
  }
}

function isOfDeadRun(namespace: string): boolean {
  const maker = makerOf(namespace)
  return maker !== undefined && !isAlive(maker)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

async function endProcesses(namespace: string): Promise<void> {
  const listed = await systemTool('ip', ['netns', 'pids', namespace]).catch(() => '')
  for (const pid of listed.split('\n').map(Number)) {
    if (pid > 1 && pid !== process.pid && isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
}
