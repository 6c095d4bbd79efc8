import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diskPath } from './index.ts'
import { nodeDisk } from './node.ts'

test('a file is read into memory that other threads reach', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-disk-'))
  try {
    await using disk = await nodeDisk({ folder })
    await using file = await disk.open(diskPath('file'), { create: true })
    await file.write(0, [new Uint8Array(1_000).fill(7)])
    const into = new Uint8Array(new SharedArrayBuffer(2_000), 3, 990)
    const found = await file.read(10, 990, into)
    expect([found.buffer, found.byteOffset, found.length]).toEqual([into.buffer, 3, 990])
    expect(into.every((byte) => byte === 7)).toBe(true)
  } finally {
    await rm(folder, { recursive: true })
  }
})
