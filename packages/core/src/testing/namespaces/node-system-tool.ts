import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** Runs a program of the system to its end and gives what it printed; what it complained about becomes the error. */
export async function systemTool(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  // A program that fails before it has read everything closes the pipe; its exit code says why.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [printed, complaints, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    once(child, 'close') as Promise<[number | null]>,
  ])
  if (code === 0) return printed.join('')
  throw new Error(`${program} ${args.join(' ')} failed (${code}): ${complaints.join('').trim()}\n${input}`)
}

/** Many commands of `ip` in one process; the first that fails ends it. */
export async function ipBatch(commands: readonly string[], namespace?: string): Promise<void> {
  if (commands.length === 0) return
  const inside = namespace === undefined ? [] : ['-n', namespace]
  await systemTool('ip', [...inside, '-batch', '-'], `${commands.join('\n')}\n`)
}

/** Undefined if the program ran and succeeded, else what it said. */
export function toolComplaint(program: string, args: readonly string[]): string | undefined {
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) return error.message
  return status === 0 ? undefined : stderr.trim() || `${program} ended with ${status}`
}
