import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from './node-client.ts'
import { nodeProgram } from './node-program.ts'

/**
 * The node that runs on the folder; where none does, one that is started for this and stopped afterwards, under this
 * name if it is given one.
 */
export async function withNode<Value>(
  folder: string,
  name: string | undefined,
  use: (client: NodeClient) => Promise<Value>,
): Promise<Value> {
  const running = await runningNode(folder, name)
  if (running !== undefined) return use(running)
  await using _node = await briefNode(folder, name)
  return await use(await NodeClient.of(folder))
}

async function runningNode(folder: string, name: string | undefined): Promise<NodeClient | undefined> {
  try {
    const client = await NodeClient.of(folder)
    const figures = await client.figures()
    if (name === undefined || name === figures.name) return client
    throw new FlotillaError('wrong-name', `the node that runs there is called ${figures.name}, not ${name}`, {
      hint: 'leave out --name, or stop the node first',
    })
  } catch (error) {
    if (error instanceof FlotillaError && error.code === 'not-running') return undefined
    throw error
  }
}

/** Ready when this resolves; disposing of it stops it cleanly. */
async function briefNode(folder: string, name: string | undefined): Promise<AsyncDisposable> {
  const naming = name === undefined ? [] : ['--name', name]
  const args = [...nodeProgram(), '--data', folder, '--port', '0', '--json', ...naming]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  const complaints: string[] = []
  createInterface(child.stderr).on('line', (line) => void complaints.push(line))
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).once('line', () => resolve())
    const fail = (why: string): void => {
      const hint = 'run `flotilla up` to see what it says'
      reject(new FlotillaError('node-failed', `the node that this needs ${why}`, { hint }))
    }
    void ended.then(() => fail(`did not start: ${complaints.at(-1) ?? 'it said nothing'}`))
    const { startMsMax } = cliLimitsDefaults
    AbortSignal.timeout(startMsMax).addEventListener('abort', () => fail(`was not ready in ${startMsMax / 1_000} s`))
  })
  try {
    await ready
  } catch (error) {
    await stop()
    throw error
  }
  return { [Symbol.asyncDispose]: stop }
}
