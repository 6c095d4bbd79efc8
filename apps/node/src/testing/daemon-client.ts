import type { ClusterAnswer, InvitationAnswer, MeshAnswer, NodesAnswer } from '../services/answers.ts'
import type { DaemonProcess, ReadyDaemon } from './daemon-process.ts'

/** Asks a daemon on this machine, as the command line does. */
export class DaemonClient {
  readonly id: string
  readonly #origin: string
  readonly #token: string

  private constructor({ id, origin, token }: ReadyDaemon) {
    this.id = id
    this.#origin = origin
    this.#token = token
  }

  static async of(daemon: DaemonProcess): Promise<DaemonClient> {
    return new DaemonClient(await daemon.ready())
  }

  cluster(): Promise<ClusterAnswer> {
    return this.#ask('/v1/cluster') as Promise<ClusterAnswer>
  }

  nodes(): Promise<NodesAnswer> {
    return this.#ask('/v1/nodes') as Promise<NodesAnswer>
  }

  mesh(): Promise<MeshAnswer> {
    return this.#ask('/v1/mesh') as Promise<MeshAnswer>
  }

  async invite(role: string = 'node'): Promise<string> {
    const answer = (await this.post('/v1/cluster/invite', { ttlSeconds: 600, role })) as InvitationAnswer
    return answer.token
  }

  /** What it answers; what it refuses too, as `{ error: … }`. */
  post(path: string, document: object): Promise<unknown> {
    return this.#ask(path, { method: 'POST', body: JSON.stringify(document) })
  }

  /** As it is, for what is no document. */
  raw(path: string, options: RequestInit = {}): Promise<Response> {
    return this.#fetch(path, options)
  }

  async text(path: string): Promise<string> {
    return (await this.#fetch(path)).text()
  }

  async #ask(path: string, options: RequestInit = {}): Promise<unknown> {
    return (await this.#fetch(path, options)).json()
  }

  #fetch(path: string, options: RequestInit = {}): Promise<Response> {
    const usual = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
    const headers = { ...usual, ...(options.headers as Readonly<Record<string, string>> | undefined) }
    return fetch(`${this.#origin}${path}`, { ...options, headers })
  }
}
