import { memoryDisk, type DiskOperation, type MemoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { PackId } from '../types.ts'
import { PackFiles } from './pack-files.ts'
import { packPath, packsOnDisk } from './pack-folder.ts'

const id = (index: number): PackId => index.toString(16).padStart(2, '0').repeat(16) as PackId

interface Subject {
  readonly files: PackFiles
  readonly memory: MemoryDisk
  readonly disk: ReturnType<MemoryDisk['open']>
  /** What the disk was asked, without `list`. */
  readonly operations: DiskOperation[]
  failing: DiskOperation['type'] | undefined
}

async function subject(packs: number, openFilesMax: number = 2): Promise<Subject> {
  const operations: DiskOperation[] = []
  const made: { subject?: Subject } = {}
  const memory = memoryDisk({
    faults: {
      begin: (operation, finish) => {
        operations.push(operation)
        finish(made.subject?.failing === operation.type ? { code: 'io-failed' } : undefined)
      },
    },
  })
  const disk = memory.open()
  for (let index = 0; index < packs; index++) await disk.replace(packPath(id(index)), new Uint8Array([index]))
  operations.length = 0
  made.subject = { files: new PackFiles({ disk, openFilesMax }), memory, disk, operations, failing: undefined }
  return made.subject
}

const read = (files: PackFiles, pack: PackId): Promise<Uint8Array> => files.use(pack, (file) => file.read(0, 10))

describe('the files of packs', () => {
  test('are opened once for all who use them, and kept', async () => {
    const { files, operations } = await subject(1)
    await Promise.all([read(files, id(0)), read(files, id(0))])
    expect(await read(files, id(0))).toEqual(new Uint8Array([0]))
    expect(operations.map(({ type }) => type)).toEqual(['open', 'read', 'read', 'read'])
  })

  test('that were not used for longest are closed', async () => {
    const { files, operations } = await subject(3)
    for (const index of [0, 1, 0, 2, 0, 1]) await read(files, id(index))
    const opened = operations.filter(({ type }) => type === 'open').map(({ path }) => path)
    expect(opened).toEqual([0, 1, 2, 1].map((index) => packPath(id(index))))
  })

  test('that are in use are not closed, however many', async () => {
    const { files } = await subject(5, 1)
    const bytes = await Promise.all([0, 1, 2, 3, 4].map((index) => read(files, id(index))))
    expect(bytes.map(([first]) => first)).toEqual([0, 1, 2, 3, 4])
  })

  test('are removed only when nobody reads them; who comes then finds nothing', async () => {
    const { files, disk } = await subject(2)
    const seen: string[] = []
    let finish = (): void => {}
    const reading = files.use(id(0), async (file) => {
      await new Promise<void>((resolve) => (finish = resolve))
      seen.push(`read ${(await file.read(0, 10)).length}`)
    })
    await read(files, id(1)) // Enough time for the first one to have begun.
    const removing = files.remove(id(0)).then(() => seen.push('removed'))
    const late = read(files, id(0)).catch((error: unknown) => seen.push(`late ${(error as { code: string }).code}`))
    finish()
    await Promise.all([reading, removing, late])
    expect(seen).toEqual(['read 1', 'removed', 'late not-found'])
    expect(await packsOnDisk(disk)).toEqual([id(1)])
  })

  test('that cannot be opened are tried again by the next one', async () => {
    const made = await subject(1)
    made.failing = 'open'
    await expect(read(made.files, id(0))).rejects.toMatchObject({ code: 'io-failed' })
    await expect(read(made.files, id(7))).rejects.toMatchObject({ code: 'io-failed' })
    made.failing = undefined
    await expect(read(made.files, id(7))).rejects.toMatchObject({ code: 'not-found' })
    expect(await read(made.files, id(0))).toEqual(new Uint8Array([0]))
  })

  test('whose removal failed can be read, and removed', async () => {
    const made = await subject(1)
    made.failing = 'remove'
    await expect(made.files.remove(id(0))).rejects.toMatchObject({ code: 'io-failed' })
    made.failing = undefined
    expect(await read(made.files, id(0))).toEqual(new Uint8Array([0]))
    await made.files.remove(id(0))
    expect(made.memory.paths()).toEqual([])
  })

  test('are opened anew where a sync has failed, once the writer has let go', async () => {
    const made = await subject(0)
    const file = await made.files.create(id(3))
    await file.write(0, [new Uint8Array([1, 2])])
    await file.sync()
    made.failing = 'sync'
    await expect(file.sync()).rejects.toMatchObject({ code: 'io-failed' })
    const reading = read(made.files, id(3))
    await new Promise((resolve) => setImmediate(resolve))
    await made.files.release(id(3), { close: true })
    expect(await reading).toEqual(new Uint8Array([1, 2]))
  })

  test('are all let go of at the end', async () => {
    const { files, disk, memory } = await subject(2)
    await read(files, id(0))
    await files.create(id(9)).then(() => files.release(id(9), { close: false }))
    await files[Symbol.asyncDispose]()
    await disk.remove(packPath(id(0)))
    await disk.remove(packPath(id(9)))
    await expect(read(files, id(1))).rejects.toMatchObject({ code: 'closed' })
    expect(memory.paths()).toEqual([packPath(id(1))])
  })
})
