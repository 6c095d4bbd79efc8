import { fork, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { join } from 'node:path'
import { drawSerial, issueCertificate, makeAuthority } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import type { WallMillis } from '@flotilla/core/time'
import type { Cluster } from './cluster.ts'

/** What a process is told. Bytes are in base64. */
export interface NodeOrders {
  readonly secretKey: string
  readonly certificate: string
  readonly authority: string
  readonly beaconPort: number
}

export type NodeReport =
  | { readonly type: 'loaded' }
  /** It hears the others from now on, and is about to send its first beacon. */
  | { readonly type: 'ready' }
  | { readonly type: 'members'; readonly alive: number }
  | { readonly type: 'failed'; readonly name: string }

const validityMs = 86_400_000

/** So many processes that are told nothing but who they are and which port beacons go to. */
export async function ourCluster(count: number): Promise<Cluster> {
  const names = Array.from({ length: count }, (_, number) => `node-${number}`)
  const ordersOf = identities(await freePort())
  const nodes = new Map<string, ChildProcess>()
  const readyAt = new Map<string, number>()
  const fullAt = new Map<string, number>()
  const failedAt = new Map<string, Map<string, number>>()
  let changed = Promise.withResolvers<void>()

  const report = (name: string, said: NodeReport): void => {
    const now = performance.now()
    if (said.type === 'loaded') nodes.get(name)?.send(ordersOf(name))
    if (said.type === 'ready') readyAt.set(name, now)
    if (said.type === 'members' && said.alive === count && !fullAt.has(name)) fullAt.set(name, now)
    if (said.type === 'failed')
      failedAt.set(said.name, (failedAt.get(said.name) ?? new Map<string, number>()).set(name, now))
    changed.resolve()
  }
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) {
      changed = Promise.withResolvers()
      await changed.promise
    }
  }
  for (const name of names) {
    const child = fork(join(import.meta.dirname, 'node-process.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child.on('message', (said: NodeReport) => report(name, said))
    nodes.set(name, child)
  }
  return {
    async knownMs() {
      await until(() => fullAt.size === count)
      return Math.max(...fullAt.values()) - Math.max(...readyAt.values())
    },
    async killedMs() {
      const victim = names[0] ?? ''
      const killedAt = performance.now()
      nodes.get(victim)?.kill('SIGKILL')
      await until(() => failedAt.get(victim)?.size === count - 1)
      return Math.max(...(failedAt.get(victim)?.values() ?? [])) - killedAt
    },
    async stop() {
      const ended = [...nodes.values()].map(gone)
      for (const child of nodes.values()) child.kill('SIGKILL')
      await Promise.all(ended)
    },
  }
}

function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

function identities(beaconPort: number): (name: string) => NodeOrders {
  const crypto = nodeCrypto()
  const entropy = nodeEntropy()
  const now = Date.now() as WallMillis
  const authoritySecret = entropy.bytes(32)
  const authority = { secretKey: authoritySecret, ...makeAuthority({ crypto, secretKey: authoritySecret, now }) }
  return (name) => {
    const secretKey = entropy.bytes(32)
    const certificate = issueCertificate({
      crypto,
      authority,
      subject: { publicKey: crypto.ed25519.publicKey(secretKey), name, role: 'node' },
      serial: drawSerial(entropy),
      notBefore: now,
      notAfter: (now + validityMs) as WallMillis,
    })
    return {
      secretKey: base64(secretKey),
      certificate: base64(certificate),
      authority: base64(authority.certificate),
      beaconPort,
    }
  }
}

/** Of this run alone, so that no other cluster on this machine hears it. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  const bound = Promise.withResolvers<void>()
  socket.bind(0, '0.0.0.0', bound.resolve)
  await bound.promise
  const { port } = socket.address()
  const closed = Promise.withResolvers<void>()
  socket.close(() => closed.resolve())
  await closed.promise
  return port
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
