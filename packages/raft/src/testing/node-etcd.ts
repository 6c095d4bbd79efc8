import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Three members of etcd on the loopback interface, each a process. */
export interface EtcdCluster extends AsyncDisposable {
  /** Where clients connect. */
  readonly endpoints: readonly string[]
  /** Which of the endpoints is the leader's. */
  leader(): Promise<number>
  /** `kill -9`. */
  kill(member: number): Promise<void>
  /** Starts it again on what it had, and resolves when it takes part. */
  restart(member: number): Promise<void>
}

interface Member {
  readonly name: string
  readonly peerUrl: string
  readonly clientUrl: string
  readonly words: readonly string[]
  process: ChildProcess
}

const memberCount = 3
const pollMs = 20
/** After this it is not slow but broken. */
const startMsMax = 60_000

/** Undefined where it is not installed. */
export function etcdVersion(): string | undefined {
  try {
    const text = execFileSync('etcd', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return /etcd Version: (?<version>[\d.]+)/.exec(text)?.groups?.['version']
  } catch {
    return undefined
  }
}

/** All settings that touch speed are its defaults: it syncs each write, heartbeats every 100 ms, elects after 1 s. */
export async function startEtcd(folder: string): Promise<EtcdCluster> {
  const ports = await freePorts(2 * memberCount)
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const names = Array.from({ length: memberCount }, (_, index) => `e${index}`)
  const cluster = names.map((name, index) => `${name}=${urls[index]}`).join(',')
  const members = names.map((name, index): Member => {
    const [peerUrl = '', clientUrl = ''] = [urls[index], urls[memberCount + index]]
    const words = wordsFor(join(folder, name), { name, peerUrl, clientUrl, cluster })
    return { name, peerUrl, clientUrl, words, process: run(words) }
  })
  const memberAt = (index: number): Member => {
    const member = members[index]
    if (member === undefined) throw new Error(`etcd has the members 0 to ${memberCount - 1}, and no ${index}`)
    return member
  }
  const stopped = async ({ process: child }: Member): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  const all: EtcdCluster = {
    endpoints: members.map(({ clientUrl }) => clientUrl),
    async leader() {
      const { leader } = await statusOf(memberAt(0))
      for (const [index, member] of members.entries()) if ((await statusOf(member)).id === leader) return index
      throw new Error('etcd has no leader')
    },
    kill: (index) => stopped(memberAt(index)),
    async restart(index) {
      const member = memberAt(index)
      member.process = run(member.words)
      await healthy(member)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map(stopped))
    },
  }
  try {
    await Promise.all(members.map(healthy))
  } catch (error) {
    await all[Symbol.asyncDispose]()
    throw error
  }
  return all
}

function wordsFor(
  folder: string,
  { name, peerUrl, clientUrl, cluster }: { name: string; peerUrl: string; clientUrl: string; cluster: string },
): readonly string[] {
  return [
    ['--name', name],
    ['--data-dir', folder],
    ['--listen-peer-urls', peerUrl],
    ['--initial-advertise-peer-urls', peerUrl],
    ['--listen-client-urls', clientUrl],
    ['--advertise-client-urls', clientUrl],
    ['--initial-cluster', cluster],
    ['--initial-cluster-state', 'new'],
    ['--log-level', 'error'],
  ].flat()
}

function run(words: readonly string[]): ChildProcess {
  return spawn('etcd', words, { stdio: 'ignore' })
}

/** Resolves when it says that there is a leader. */
async function healthy({ name, clientUrl, process: child }: Member): Promise<void> {
  const untilMs = performance.now() + startMsMax
  while (performance.now() < untilMs) {
    if (child.exitCode !== null) throw new Error(`etcd's member ${name} ended with ${child.exitCode}`)
    try {
      const answer = (await (await fetch(`${clientUrl}/health`)).json()) as { readonly health: string }
      if (answer.health === 'true') return
    } catch {
      // It does not listen yet.
    }
    await sleep(pollMs)
  }
  throw new Error(`etcd's member ${name} was not healthy within ${startMsMax} ms`)
}

async function statusOf({ clientUrl }: Member): Promise<{ readonly id: string; readonly leader: string | undefined }> {
  const answer = await fetch(`${clientUrl}/v3/maintenance/status`, { method: 'POST', body: '{}' })
  const { header, leader } = (await answer.json()) as {
    readonly header: { readonly member_id: string }
    readonly leader?: string
  }
  return { id: header.member_id, leader }
}

/** All at once, so that none comes twice. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
