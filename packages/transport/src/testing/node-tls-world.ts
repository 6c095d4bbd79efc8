import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { certificateToPem, secretKeyToPem } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { ManualClock, RecordingLogger, RecordingMetrics } from '@flotilla/core/testing'
import type { Address, Link } from '../links.ts'
import { tlsLinks, type TlsLinks, type TlsLinksOptions } from '../node-tls-links.ts'
import { testCluster, type TestCluster, type TestMember } from './test-cluster.ts'

/** One end of a link that was started, and what has come. */
export interface HeldLink {
  readonly link: Link
  readonly pieces: Uint8Array[]
  readonly bytes: () => Buffer
  /** How often `drained` was called. */
  readonly drains: () => number
  readonly closed: Promise<Error | undefined>
  readonly isClosed: () => boolean
}

export interface TestNode extends AsyncDisposable {
  readonly member: TestMember
  readonly links: TlsLinks
  readonly address: Address
  readonly addresses: readonly Address[]
  readonly accepted: HeldLink[]
  readonly logger: RecordingLogger
  readonly metrics: RecordingMetrics
}

/** Nodes on the loopback interface, with real sockets and a clock that moves only when told. */
export class TlsWorld implements AsyncDisposable {
  readonly clock: ManualClock = new ManualClock()
  readonly cluster: TestCluster = this.newCluster()
  readonly #cleanup = new AsyncDisposableStack()

  newCluster(): TestCluster {
    return testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: this.clock.wallNow() })
  }

  /** Listens on a free port of 127.0.0.1, unless told otherwise. */
  async node(
    name: string,
    options: Partial<TlsLinksOptions> & { readonly member?: TestMember } = {},
  ): Promise<TestNode> {
    const { member = this.cluster.member(name), ...others } = options
    const [logger, metrics] = [new RecordingLogger(), new RecordingMetrics()]
    const listen = [{ host: '127.0.0.1', port: 0 }]
    const links = tlsLinks({ identity: member, listen, clock: this.clock, logger, metrics, ...others })
    this.#cleanup.use(links)
    const accepted: HeldLink[] = []
    const addresses = await links.listen((link) => void accepted.push(hold(link)))
    const address = addresses[0] ?? { host: '127.0.0.1', port: 0 }
    const close = (): Promise<void> => Promise.resolve(links[Symbol.asyncDispose]())
    return { member, links, address, addresses, accepted, logger, metrics, [Symbol.asyncDispose]: close }
  }

  /** Dials, and waits until the other end has it too. */
  async link(from: TestNode, to: TestNode): Promise<readonly [HeldLink, HeldLink]> {
    const before = to.accepted.length
    const near = hold(await dial(from, to.address))
    await until(() => to.accepted.length > before)
    const far = to.accepted[before]
    if (far === undefined) throw new Error('the link was not accepted')
    return [near, far]
  }

  /** A TCP connection that says nothing of its own. */
  async stranger({ host, port }: Address): Promise<Socket> {
    const socket = connectTcp({ host, port })
    this.#cleanup.defer(() => void socket.destroy())
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }

  /** A TLS client of Node's, with whatever it likes to show. */
  tlsClient({ host, port }: Address, options: ConnectionOptions): TLSSocket {
    const socket = connectTls({
      host,
      port,
      ALPNProtocols: ['flotilla/1'],
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...options,
    })
    this.#cleanup.defer(() => void socket.destroy())
    socket.on('error', () => {})
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync()
  }
}

export function dial(from: TestNode, address: Address): Promise<Link> {
  return from.links.dial(address, { signal: new AbortController().signal })
}

/** As `node:tls` takes them. */
export function pems(member: Pick<TestMember, 'certificate' | 'secretKey'>): { cert: string; key: string } {
  return { cert: certificateToPem(member.certificate), key: secretKeyToPem(member.secretKey) }
}

export function hold(link: Link): HeldLink {
  const pieces: Uint8Array[] = []
  const closed = Promise.withResolvers<Error | undefined>()
  let [drains, isClosed] = [0, false]
  link.start({
    data: (bytes) => void pieces.push(bytes),
    drained: () => void drains++,
    closed: (error) => {
      isClosed = true
      closed.resolve(error)
    },
  })
  const bytes = (): Buffer => Buffer.concat(pieces)
  return { link, pieces, bytes, drains: () => drains, closed: closed.promise, isClosed: () => isClosed }
}

/** Lets the event loop go round until it is so; the test's own deadline ends it if it never is. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** Resolves when the connection is gone, with all that came. */
export async function whatItSays(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = []
  socket.on('data', (bytes: Buffer) => void pieces.push(bytes))
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(pieces)
}
