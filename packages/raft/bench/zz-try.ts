import { mkdtempSync, rmSync } from 'node:fs'
import { TestProcesses } from '@flotilla/transport/testing/node'
const folder = mkdtempSync('/work/main/node_modules/.h7-')
const t0 = performance.now()
const cluster = await TestProcesses.start({ member: new URL('our-node.ts', import.meta.url), count: 3, client: new URL('our-client.ts', import.meta.url), folder, open: (voters) => ({ names: ['bench'], voters }) })
console.log('started', performance.now() - t0)
await cluster.client.ask('puts', { count: 1, atOnce: 1 })
console.log('first put', performance.now() - t0)
const cpu = async () => [...await cluster.askAll('cpu'), await cluster.client.ask('cpu')].map((u: any) => (u.user + u.system) / 1000)
for (const [order, atOnce, count] of [['puts', 1, 1000], ['puts', 64, 20000], ['puts', 256, 50000], ['puts', 256, 100000], ['reads', 64, 20000], ['puts', 1, 2000]] as const) {
  const before = await cpu()
  const t = performance.now()
  await cluster.client.ask(order, { count, atOnce })
  const ms = performance.now() - t
  const after = await cpu()
  console.log(order, atOnce, Math.round(count / ms * 1000), '/s; cpu us/op', after.map((a, i) => ((a - before[i]!) * 1000 / count).toFixed(1)).join(' '), 'leads', (await cluster.askAll('leads')).join())
}
await cluster[Symbol.asyncDispose]()
rmSync(folder, { recursive: true })
