import { ourCalls } from './our-side.ts'
import { bareLogPuts } from './bare-log-side.ts'
import { mkdtempSync } from 'node:fs'
const n = Number(process.argv[3] ?? 256)
const total = Number(process.argv[4] ?? 150000)
const place = { folder: mkdtempSync('/tmp/lead-prof/d') }
const r = process.argv[2] === 'bare' ? await bareLogPuts(n, place) : await ourCalls('puts', n, place)
await r.work(Math.min(20000, total))
for (let i = 0; i < 3; i++) {
  const t = performance.now()
  const d = await r.work(total)
  console.log(process.argv[2], n, Math.round((d / (performance.now() - t)) * 1000), '/s')
}
await r.stop?.()
process.exit(0)
