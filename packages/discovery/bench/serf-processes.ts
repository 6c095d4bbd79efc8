import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import type { Cluster } from './cluster.ts'

/** Undefined where it is not installed. */
export function serfVersion(): string | undefined {
  try {
    return execFileSync('serf', ['version'], { encoding: 'utf8' }).split('\n', 1)[0]
  } catch {
    return undefined
  }
}

/**
 * So many agents on one machine, each of which is told the address of the first. The first runs before the others are
 * started, because an agent that finds nobody at that address waits for 30 s before it tries again.
 */
export async function serfCluster(count: number, profile: 'local' | 'lan'): Promise<Cluster> {
  const names = Array.from({ length: count }, (_, number) => `agent-${number}`)
  const agents = new Map<string, ChildProcess>()
  const readyAt = new Map<string, number>()
  const knows = new Map(names.map((name) => [name, new Map<string, number>()]))
  const failedAt = new Map<string, Map<string, number>>()
  let changed = Promise.withResolvers<void>()
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) {
      changed = Promise.withResolvers()
      await changed.promise
    }
  }
  const read = (name: string, line: string): void => {
    const now = performance.now()
    const joined = /EventMemberJoin: (\S+)/.exec(line)?.[1]
    const failed = /EventMemberFailed: (\S+)/.exec(line)?.[1]
    if (line.includes('Serf agent running!')) readyAt.set(name, now)
    if (joined !== undefined) knows.get(name)?.set(joined, now)
    if (failed !== undefined) failedAt.set(failed, (failedAt.get(failed) ?? new Map<string, number>()).set(name, now))
    changed.resolve()
  }
  const ports = await freePorts(2 * count)
  const first = `127.0.0.1:${ports[0]}`
  for (const [number, name] of names.entries()) {
    const addresses = [`-bind=127.0.0.1:${ports[number]}`, `-rpc-addr=127.0.0.1:${ports[count + number]}`]
    const joining = number === 0 ? [] : [`-join=${first}`]
    const args = ['agent', `-node=${name}`, `-profile=${profile}`, ...addresses, ...joining]
    const agent = spawn('serf', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    agents.set(name, agent)
    readLines(agent, (line) => read(name, line))
    if (number === 0) await until(() => readyAt.has(name))
  }
  return {
    async knownMs() {
      await until(() => readyAt.size === count && [...knows.values()].every(({ size }) => size === count))
      const all = [...knows.values()].flatMap((known) => [...known.values()])
      return Math.max(...all) - Math.max(...readyAt.values())
    },
    async killedMs() {
      const victim = names[1] ?? ''
      const killedAt = performance.now()
      agents.get(victim)?.kill('SIGKILL')
      await until(() => failedAt.get(victim)?.size === count - 1)
      return Math.max(...(failedAt.get(victim)?.values() ?? [])) - killedAt
    },
    async stop() {
      const ended = [...agents.values()].map((agent) => new Promise((resolve) => agent.once('close', resolve)))
      const running = [...agents.values()].filter(
        ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
      )
      for (const agent of running) agent.kill('SIGKILL')
      if (running.length === agents.size) await Promise.all(ended)
    },
  }
}

function readLines(agent: ChildProcess, take: (line: string) => void): void {
  let rest = ''
  agent.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer()
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
    }),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
