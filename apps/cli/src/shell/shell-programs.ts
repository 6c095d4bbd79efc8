import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { cliLimitsDefaults } from '../limits.ts'
import type { NodeOutput } from './merged-output.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The command line, as it is when packed or not. */
const program = fileURLToPath(new URL(`../main${/\.[jt]s$/.exec(import.meta.url)?.[0] ?? '.js'}`, import.meta.url))

/** Runs a command in front, with the terminal as it is. Resolves with its exit code. */
export function runInFront(
  words: readonly string[],
  environment: Environment,
  input: 'inherit' | 'ignore',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], {
      stdio: [input, 'inherit', 'inherit'],
      env: environment,
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
  })
}

/** Runs a command about a node, and keeps what it says. */
export async function runOn(node: string, words: readonly string[], environment: Environment): Promise<NodeOutput> {
  const end = words.indexOf('--')
  const at = end === -1 ? words.length : end
  const args = [program, ...words.slice(0, at), '--on', node, ...words.slice(at)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
  const [stdout, stderr, exitCode] = await Promise.all([
    boundedText(child.stdout),
    boundedText(child.stderr),
    new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
    }),
  ])
  return { node, exitCode, stdout, stderr }
}

async function boundedText(stream: NodeJS.ReadableStream): Promise<string> {
  const { shellOutputBytesMax } = cliLimitsDefaults
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream as AsyncIterable<Buffer>) {
    const room = shellOutputBytesMax - size
    // The rest is read and dropped, so that the command comes to its end.
    if (room > 0) parts.push(part.subarray(0, room))
    size += part.length
  }
  const text = Buffer.concat(parts).toString('utf8')
  return size > shellOutputBytesMax ? `${text}\n… and ${size - shellOutputBytesMax} bytes more\n` : text
}
