import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Place, Timing } from '@flotilla/core/testing'
import type { RaftAnswer } from '../src/services/lock-answers.ts'
import { DaemonClient } from '../src/testing/daemon-client.ts'
import { DaemonProcess } from '../src/testing/daemon-process.ts'
import { spawn } from 'node:child_process'
import { processorMs, program, residentMiB, type Program } from './processes.ts'

/** What is run where the node is packed, which is what the set-up does. */
const packed = join(import.meta.dirname, '../dist/main.js')
const source = join(import.meta.dirname, '../src/main.ts')

const settledMs = 60_000
const windowMs = 30_000

/** As `nodeProgram` of the command line starts it. */
export function startNode(folder: string, name: string): DaemonProcess {
  const words = ['--data', folder, '--name', name, '--port', '0', '--mesh-port', '0', '--no-beacons', '--config', 'off']
  const env = { ...process.env, FLOTILLA_STEADY_SECONDS: '0' }
  const file = existsSync(packed) ? packed : source
  const all = ['--max-semi-space-size=2', '--disable-sigusr1', file, ...words, '--json']
  return new DaemonProcess(spawn(process.execPath, all, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** Three nodes that decide together, each of which was started again since it joined. */
async function cluster(folder: string): Promise<readonly (Program & { readonly daemon: DaemonProcess })[]> {
  const names = ['ann', 'bob', 'cid']
  const daemons: DaemonProcess[] = []
  const clients: DaemonClient[] = []
  for (const name of names) {
    const daemon = startNode(join(folder, name), name)
    daemons.push(daemon)
    const client = await DaemonClient.of(daemon)
    const [first] = clients
    if (first === undefined) await client.post('/v1/cluster/init', {})
    else await client.post('/v1/cluster/join', { token: await first.invite() })
    clients.push(client)
  }
  await voting(clients[0], names.length)
  for (const [index, name] of names.entries()) {
    await daemons[index]?.stop()
    daemons[index] = startNode(join(folder, name), name)
    clients[index] = await DaemonClient.of(daemons[index])
    await voting(clients[index], names.length)
  }
  return await Promise.all(
    daemons.map(async (daemon) => {
      const { pid } = await daemon.ready()
      return { pid, daemon, [Symbol.asyncDispose]: async () => void (await daemon.stop()) }
    }),
  )
}

async function voting(client: DaemonClient | undefined, count: number): Promise<void> {
  for (;;) {
    const { groups } = JSON.parse((await client?.text('/v1/raft')) ?? '{}') as RaftAnswer
    if (groups[0]?.members.filter(({ part }) => part === 'voter').length === count && groups[0].leader !== null) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Three members of etcd, which decide together as well. */
async function etcds(folder: string): Promise<readonly Program[] | undefined> {
  const base = 23_790
  const urls = [0, 1, 2].map((index) =>
    [base + 2 * index, base + 2 * index + 1].map((port) => `http://127.0.0.1:${port}`),
  )
  const initial = urls.map(([, peer], index) => `n${index}=${peer}`).join(',')
  const programs = await Promise.all(
    urls.map(([client = '', peer = ''], index) =>
      program('etcd', [
        `--name=n${index}`,
        `--data-dir=${join(folder, `n${index}`)}`,
        '--log-level=error',
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=${initial}`,
      ]),
    ),
  )
  const found = programs.filter((each) => each !== undefined)
  return found.length === urls.length ? found : undefined
}

type Trio = (folder: string) => Promise<readonly Program[] | undefined>

/** What a trio costs while nobody asks anything of it. */
async function idle(
  place: Place,
  start: Trio,
  read: (trio: readonly Program[]) => Promise<number>,
): Promise<Timing | undefined> {
  const trio = await start(place.folder)
  if (trio === undefined) return undefined
  await new Promise((resolve) => setTimeout(resolve, place.quick === true ? 500 : settledMs))
  return {
    time: () => read(trio),
    stop: async () => void (await Promise.all(trio.map((each) => each[Symbol.asyncDispose]()))),
  }
}

async function largest(trio: readonly Program[]): Promise<number> {
  return Math.max(...(await Promise.all(trio.map(({ pid }) => residentMiB(pid)))))
}

async function processorPerSecond(trio: readonly Program[], ms: number): Promise<number> {
  const all = async (): Promise<number> =>
    (await Promise.all(trio.map(({ pid }) => processorMs(pid)))).reduce((sum, each) => sum + each, 0)
  const before = await all()
  await new Promise((resolve) => setTimeout(resolve, ms))
  return ((await all()) - before) / (ms / 1_000)
}

export const ours: Trio = cluster
export const etcd: Trio = etcds

export function memoryOf(start: Trio): (place: Place) => Promise<Timing | undefined> {
  return (place) => idle(place, start, largest)
}

export function processorOf(start: Trio): (place: Place) => Promise<Timing | undefined> {
  return (place) => idle(place, start, (trio) => processorPerSecond(trio, place.quick === true ? 200 : windowMs))
}
