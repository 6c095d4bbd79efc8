import { randomFillSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBlobStore } from '../src/node.ts'

/*
 * How much memory the process takes while a large blob is put and got, on Linux: `node bench/memory.ts [MiB]`. The base
 * is what it takes after a first small blob, once all threads run.
 */
const mebibytes = Number(process.argv[2] ?? 1_536)
const pieceBytes = 65_536

/** In MiB; the counter of the peak begins anew. */
async function peakOf(act: () => Promise<unknown>): Promise<number> {
  await writeFile('/proc/self/clear_refs', '5')
  await act()
  const [, peak] = /VmHWM:\s+(\d+)/.exec(await readFile('/proc/self/status', 'utf8')) ?? []
  return Math.round(Number(peak) / 1_024)
}

/** The pieces differ, and are made quickly. */
async function* content(bytes: number): AsyncGenerator<Uint8Array> {
  const piece = randomFillSync(Buffer.alloc(pieceBytes))
  for (let number = 0; number < bytes / pieceBytes; number++) {
    for (const at of [100, 30_000, 60_000]) piece.writeUInt32LE(Math.imul(number, at + 1) >>> 0, at)
    yield piece
  }
}

const folder = await mkdtemp(join(tmpdir(), 'cas-memory-'))
const store = await openBlobStore({ folder: join(folder, 'store'), keyFile: join(folder, 'key') })
const put = (bytes: number): Promise<unknown> => store.put(content(bytes), { name: 'blob' })
const get = async (borrow: boolean): Promise<void> => {
  for await (const piece of await store.get('blob', { borrow })) void piece
}
const base = await peakOf(async () => {
  await put(4 * 2 ** 20)
  await get(true)
})
const peaks = {
  put: await peakOf(() => put(mebibytes * 2 ** 20)),
  'get, borrowed': await peakOf(() => get(true)),
  'get, copied': await peakOf(() => get(false)),
}
const report = Object.entries(peaks).map(([what, peak]) => `${what}: ${peak} MiB, ${peak - base} above ${base}`)
process.stdout.write(`${report.join('\n')}\n`)
await store[Symbol.asyncDispose]()
await rm(folder, { recursive: true })
