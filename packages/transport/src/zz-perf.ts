import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { createTransport } from './driver.ts'
import { tlsLinks } from './node-tls-links.ts'
import { testCluster } from './testing/test-cluster.ts'
import { PassThrough } from 'node:stream'
const [clock, entropy] = [nodeClock(), nodeEntropy()]
const cluster = testCluster({ crypto: nodeCrypto(), entropy, now: clock.wallNow() })
const win = Number(process.argv[2] ?? 256) * 1024
const start = (name: string) => {
  const identity = cluster.member(name)
  const links = tlsLinks({ identity, listen: [{ host: '127.0.0.1', port: 0 }], clock })
  return createTransport({
    self: { id: identity.id, cluster: cluster.id },
    links,
    clock,
    entropy,
    networkLimits: { streamWindowBytes: win },
  })
}
const bob = await start('bob')
let bytes = 0
bob.network.open('demo', {
  stream: async (s) => {
    for await (const p of s) bytes += p.length
  },
})
const alice = await start('alice')
const up = Promise.withResolvers<void>()
const ch = alice.network.open('demo', { peer: () => up.resolve() })
alice.setTargets([{ id: bob.network.self, addresses: bob.addresses }])
await up.promise
const piece = new Uint8Array(256 * 1024)
for (let r = 0; r < 3; r++) {
  const s = await ch.openStream(bob.network.self)
  const c0 = process.cpuUsage()
  const t0 = performance.now()
  const n = 800
  for (let i = 0; i < n; i++) await s.write(piece)
  await s.end()
  const c = process.cpuUsage(c0)
  const mib = n / 4
  console.log(
    'ours window',
    win,
    `cpu us/MiB user ${(c.user / mib).toFixed(0)} sys ${(c.system / mib).toFixed(0)} wall ${((mib / (performance.now() - t0)) * 1000).toFixed(0)} MiB/s`,
  )
}
// bare
import { connect, createServer } from 'node:tls'
import { certificateToPem, secretKeyToPem } from '@flotilla/certificates'
const m = cluster.member('srv')
const opt = { key: secretKeyToPem(m.secretKey), cert: certificateToPem(m.certificate), minVersion: 'TLSv1.3' as const }
let got = 0
const server = createServer(opt, (sock) =>
  sock.on('data', (d) => {
    got += d.length
  }),
)
await new Promise<void>((r) => server.listen(0, '127.0.0.1', r))
const sock = connect({ port: (server.address() as any).port, host: '127.0.0.1', rejectUnauthorized: false })
await new Promise<void>((r) => sock.once('secureConnect', () => r()))
for (let r = 0; r < 3; r++) {
  got = 0
  const c0 = process.cpuUsage()
  const t0 = performance.now()
  const n = 800
  for (let i = 0; i < n; i++) if (!sock.write(piece)) await new Promise<void>((r) => sock.once('drain', () => r()))
  while (got < n * piece.length) await new Promise((r) => setImmediate(r))
  const c = process.cpuUsage(c0)
  const mib = n / 4
  console.log(
    'bare',
    `cpu us/MiB user ${(c.user / mib).toFixed(0)} sys ${(c.system / mib).toFixed(0)} wall ${((mib / (performance.now() - t0)) * 1000).toFixed(0)} MiB/s`,
  )
}
process.exit(0)
