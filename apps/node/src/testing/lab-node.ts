import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab, LabProcess, Machine } from '@flotilla/core/testing/node'
import type { ClusterAnswer, InvitationAnswer, MeshAnswer, NodesAnswer } from '../services/answers.ts'
import { DaemonProcess, daemonProgram, temporaryFolder, type Ending } from './daemon-process.ts'
import type { RaftAnswer } from '../services/lock-answers.ts'
import { askOnLoopback } from './loopback-request.ts'

/** The usual ones: each machine has them to itself. */
const [pagePort, meshPort] = [7_400, 7_440]

/** By its place in the checkout, as apps do not depend on each other. */
const flotillaProgram = join(import.meta.dirname, '../../../cli/src/main.ts')

/** A node on a machine of a laboratory; it can be stopped, killed and started again on the same data folder. */
export class LabNode implements AsyncDisposable {
  readonly machine: Machine
  readonly #lab: Lab
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>
  #daemon: DaemonProcess | undefined
  #token = ''
  #id = ''

  private constructor(lab: Lab, machine: Machine, folder: Awaited<ReturnType<typeof temporaryFolder>>) {
    this.#lab = lab
    this.machine = machine
    this.#folder = folder
  }

  static async on(lab: Lab, machine: Machine, ...flags: readonly string[]): Promise<LabNode> {
    const node = new LabNode(lab, machine, await temporaryFolder())
    await node.start(...flags)
    return node
  }

  get id(): string {
    return this.#id
  }

  /** Where other nodes reach it now. */
  get address(): string {
    return `${this.#lab.ipv4(this.machine)}:${meshPort}`
  }

  async start(...flags: readonly string[]): Promise<void> {
    const { name } = this.machine
    const words = [daemonProgram, '--data', this.#folder.path, '--json', '--name', name, ...flags]
    this.#daemon = new DaemonProcess(this.#lab.run(this.machine, [process.execPath, ...words]))
    const { id, token } = await this.#daemon.ready()
    this.#id = id
    this.#token = token
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    if (this.#daemon === undefined) throw new Error(`${this.machine.name} does not run`)
    return this.#daemon.stop(signal)
  }

  /** While it does not run: what it remembers of others. */
  async forgetPeers(): Promise<void> {
    const names = ['peers.sqlite', 'peers.sqlite-wal', 'peers.sqlite-shm']
    await Promise.all(names.map((name) => rm(join(this.#folder.path, name), { force: true })))
  }

  async init(): Promise<void> {
    await this.post('/v1/cluster/init', {})
  }

  async invite(): Promise<string> {
    const { token } = (await this.post('/v1/cluster/invite', { ttlSeconds: 600, role: 'node' })) as InvitationAnswer
    return token
  }

  async join(token: string): Promise<void> {
    await this.post('/v1/cluster/join', { token })
  }

  async cluster(): Promise<ClusterAnswer> {
    return (await this.#ask('GET', '/v1/cluster')) as ClusterAnswer
  }

  async nodes(): Promise<NodesAnswer> {
    return (await this.#ask('GET', '/v1/nodes')) as NodesAnswer
  }

  async mesh(): Promise<MeshAnswer> {
    return (await this.#ask('GET', '/v1/mesh')) as MeshAnswer
  }

  async raft(): Promise<RaftAnswer> {
    return (await this.#ask('GET', '/v1/raft')) as RaftAnswer
  }

  /** Runs a shell's command under a lock, as somebody on that machine would. */
  underLock(key: string, command: string): LabProcess {
    const words = [flotillaProgram, 'lock', 'run', key, '--data', this.#folder.path, '--', 'sh', '-c', command]
    return this.#lab.run(this.machine, [process.execPath, ...words])
  }

  post(path: string, body: object): Promise<unknown> {
    return this.#ask('POST', path, body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]()
    await this.#folder[Symbol.asyncDispose]()
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const request = { port: pagePort, method, path, token: this.#token, ...(body === undefined ? {} : { body }) }
    const answer = await askOnLoopback(this.machine, request)
    if (answer.status === 200) return answer.body
    throw new Error(`${this.machine.name} answered ${path} with ${answer.status}: ${JSON.stringify(answer.body)}`)
  }
}
