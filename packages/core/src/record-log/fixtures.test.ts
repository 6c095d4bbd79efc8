import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { diskPath, type Disk } from '../disk/index.ts'
import { memoryDisk } from '../testing/memory-disk/index.ts'
import { openRecordLog } from './index.ts'

const path = diskPath('log')
const entropy = { bytes: (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index * 7) }
const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const fixture = (name: string): URL => new URL(`../../fixtures/v1/record-log/${name}.log`, import.meta.url)

/** What today's program writes; the stored files are what version 1 wrote, and change never. */
async function written(): Promise<{ good: Uint8Array; torn: Uint8Array; corrupt: Uint8Array }> {
  const disk = memoryDisk().open()
  const log = await openRecordLog({ disk, path, entropy })
  log.append([text('first'), text('')])
  await log.sync()
  log.append([text('second batch '.repeat(60))])
  await log.sync()
  const open = (await disk.read(path)) ?? text('')
  await log[Symbol.asyncDispose]()
  const good = (await disk.read(path)) ?? text('')
  const corrupt = good.slice()
  corrupt[540] = 0
  return { good, torn: open.slice().fill(0, 1_024), corrupt }
}

async function opened(name: string): Promise<{ disk: Disk; records: string[]; dropped: number }> {
  const disk = memoryDisk().open()
  await disk.replace(path, await readFile(fixture(name)))
  await using log = await openRecordLog({ disk, path, entropy })
  const records: string[] = []
  for await (const { bytes } of log.records()) records.push(new TextDecoder().decode(bytes))
  return { disk, records, dropped: log.recovered.droppedBytes }
}

test('what is written is what version 1 wrote, byte for byte', async () => {
  for (const [name, bytes] of Object.entries(await written())) {
    if (process.env['UPDATE'] === '1') {
      await mkdir(new URL('.', fixture(name)), { recursive: true })
      await writeFile(fixture(name), bytes, { flag: 'wx' })
    }
    expect(await readFile(fixture(name))).toEqual(Buffer.from(bytes))
  }
})

test('a log of version 1 opens', async () => {
  const { records, dropped } = await opened('good')
  expect(records).toEqual(['first', '', 'second batch '.repeat(60)])
  expect(dropped).toBe(0)
})

test('a torn log of version 1 opens with what was durable', async () => {
  const { records, dropped } = await opened('torn')
  expect(records).toEqual(['first', ''])
  expect(dropped).toBe(808)
})

test('a corrupt log of version 1 is refused, with the place and what to do', async () => {
  await expect(opened('corrupt')).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringContaining('the record log log is corrupt at byte 512') as string,
    hint: expect.stringContaining('restore from a replica or a backup') as string,
  })
})
