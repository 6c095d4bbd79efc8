import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** A file that `fill` has filled to its end, or that is as it was before. */
export async function writeRangeFile<Result>(
  target: string,
  fill: (into: (piece: Uint8Array) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const path = join(dirname(target), `.${basename(target)}.${randomUUID()}.new`)
  const handle = await open(path, 'wx', 0o600)
  try {
    const result = await fill((piece) => handle.appendFile(piece))
    await handle.sync()
    await rename(path, target)
    return result
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}
