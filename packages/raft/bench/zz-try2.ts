import { mkdtempSync, rmSync, mkdirSync } from 'node:fs'
import { startChild } from '@flotilla/core/testing/node'
import { TestProcesses } from '@flotilla/transport/testing/node'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { testCluster } from '@flotilla/transport/testing'
import { certificateToPem, secretKeyToPem } from '@flotilla/certificates'
const folder = mkdtempSync('/work/main/node_modules/.h7-')
mkdirSync(folder + '/bare')
const t0 = performance.now()
const cluster = await TestProcesses.start({
  member: new URL('zz-node.ts', import.meta.url),
  count: 3,
  client: new URL('our-client.ts', import.meta.url),
  folder,
  open: (voters) => ({ names: ['bench'], voters }),
})
console.log('started', performance.now() - t0)
await cluster.client.ask('puts', { count: 1, atOnce: 1 })
console.log('first put', performance.now() - t0)
const tc = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: nodeClock().wallNow() })
const cred = (name: string) => {
  const { certificate, secretKey, authority } = tc.member(name)
  return { cert: certificateToPem(certificate), key: secretKeyToPem(secretKey), ca: certificateToPem(authority) }
}
const program = new URL('zz-bare.ts', import.meta.url)
const [f1, f2, lead, bc] = [
  await startChild(program),
  await startChild(program),
  await startChild(program),
  await startChild(program),
]
const ports = [
  await f1.ask('follow', { path: folder + '/bare/1', credentials: cred('a') }),
  await f2.ask('follow', { path: folder + '/bare/2', credentials: cred('b') }),
]
const port = await lead.ask('lead', { path: folder + '/bare/3', credentials: cred('c'), ports })
await bc.ask('use', { port, credentials: cred('d') })
const ours = async () => [...(await cluster.askAll('cpuMs')), await cluster.client.ask('cpuMs')] as number[]
const bare = async () => Promise.all([f1, f2, lead, bc].map((c) => c.ask('cpuMs'))) as Promise<number[]>
const leads = await cluster.askAll('leads')
const work = JSON.parse(process.argv[2] ?? '[[1,1500],[64,30000],[256,80000]]')
for (let round = 0; round < Number(process.argv[3] ?? 3); round++)
  for (const [atOnce, count] of work)
    for (const [name, client, cpu] of [
      ['ours', cluster.client, ours],
      ['bare', bc, bare],
    ] as const) {
      const before = await cpu()
      await cluster.askAll('writes')
      const t = performance.now()
      await client.ask('puts', { count, atOnce })
      const ms = performance.now() - t
      const after = await cpu()
      const ws = name === 'ours' ? (await cluster.askAll('writes')).map((w: any) => `${w.n} of ${(w.s / w.n * 1000).toFixed(2)}/${(w.max * 1000).toFixed(0)} ms`).join('; ') : (await Promise.all([f1, f2, lead].map((c) => c.ask('writes')))).map((w: any) => `${w.n} of ${(w.s / w.n).toFixed(2)} ms`).join('; ')
      console.log(ws)
      console.log(
        name,
        String(atOnce).padStart(3),
        String(Math.round((count / ms) * 1000)).padStart(7),
        '/s; cpu us/op',
        after
          .map(
            (a, i) =>
              (((a - before[i]!) * 1000) / count).toFixed(1).padStart(6) +
              (name === 'ours' ? (leads[i] === true ? 'L' : ' ') : ' '),
          )
          .join(' '),
      )
    }
console.log('reads')
for (let round = 0; round < 3; round++) {
  const before = await ours()
  const count = 40000
  const t = performance.now()
  await cluster.client.ask('reads', { count, atOnce: 64 })
  const ms = performance.now() - t
  const after = await ours()
  console.log(
    'reads',
    Math.round((count / ms) * 1000),
    '/s; cpu us/op',
    after.map((a, i) => (((a - before[i]!) * 1000) / count).toFixed(1) + (leads[i] === true ? 'L' : '')).join(' '),
  )
}
await cluster[Symbol.asyncDispose]()
for (const c of [f1, f2, lead, bc]) await c.stop()
rmSync(folder, { recursive: true })
