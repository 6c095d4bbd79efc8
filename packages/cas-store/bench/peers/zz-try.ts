import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from '@flotilla/core/testing/node'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { testCluster } from '@flotilla/transport/testing'
import { bareStream } from '../../../transport/bench/bare-pair.ts'

const mib = Number(process.argv[2] ?? 256)
const folder = await mkdtemp(join(tmpdir(), 'peers-'))
const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: nodeClock().wallNow() })
const names = ['near', 'far']
const members = names.map((name) => cluster.member(name))
const children = []
for (const name of names) children.push(await startChild(new URL('peer-node.ts', import.meta.url)))
const ports: number[] = []
for (const [index, child] of children.entries()) {
  const identity = members[index]!
  ports.push(
    (await child.ask('start', {
      id: identity.id,
      cluster: cluster.id,
      identity,
      port: 0,
      folder: join(folder, names[index]!),
    })) as number,
  )
}
const [near, far] = children
await near!.ask('connect', [{ id: members[1]!.id, addresses: [{ host: '127.0.0.1', port: ports[1]! }] }])
await far!.ask('connect', [{ id: members[0]!.id, addresses: [{ host: '127.0.0.1', port: ports[0]! }] }])
async function time(what: string, bytes: number, work: () => Promise<unknown>) {
  const cpus = (await Promise.all([near!, far!].map((c) => c.ask('cpu')))) as any[]
  const t = performance.now()
  await work()
  const ms = performance.now() - t
  const after = (await Promise.all([near!, far!].map((c) => c.ask('cpu')))) as any[]
  const cpu = after.map((a, i) => ((a.user + a.system - cpus[i].user - cpus[i].system) / 1e6).toFixed(2))
  console.log(what, (bytes / 2 ** 20 / (ms / 1000)).toFixed(0), 'MiB/s', 'cpu near/far', cpu.join('/'))
}
try {
  const bare = await bareStream(2 ** 20, 256 * 2 ** 10)
  await bare.work(64)
  for (let i = 0; i < 3; i++) {
    const t = performance.now()
    await bare.work(mib)
    console.log('bare', (mib / ((performance.now() - t) / 1000)).toFixed(0))
  }
  await bare.stop()
  const bytes = mib * 2 ** 20
  let blob: any
  await time('put', bytes, async () => {
    blob = await near!.ask('put', bytes)
  })
  const from = [members[0]!.id]
  for (let i = 0; i < 3; i++) await time('read here', bytes, () => near!.ask('readHere', blob))
  for (let i = 0; i < (process.argv[3] === 'read' ? 12 : 4); i++) await time('read', bytes, () => far!.ask('read', { blob, from }))
  if (process.argv[3] === 'read') throw new Error('enough')
  await time('pull', bytes, () => far!.ask('pull', { blob, from }))
  for (let i = 0; i < 3; i++) {
    const other: any = await near!.ask('put', bytes)
    await time('bring', bytes, () => near!.ask('bring', { blob: other, to: members[1]!.id }))
    const third: any = await near!.ask('put', bytes)
    await time('pull', bytes, () => far!.ask('pull', { blob: third, from }))
  }
} finally {
  for (const child of children) await child.stop()
  await rm(folder, { recursive: true, force: true })
}
