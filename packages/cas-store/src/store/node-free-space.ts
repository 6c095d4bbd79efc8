import { statfs } from 'node:fs/promises'
import { blobError } from './errors.ts'

/** How long a look at a disk that is far from full is relied upon. */
const lookEveryMs = 250
/** Below so many times what is kept free, each put looks for itself. */
const closeToFull = 8

/** Of a disk that is smaller than that a share is kept free. */
const freeBytesMost = 64 * 2 ** 20
const freeShare = 1 / 64

/**
 * Keeps the last of a disk's room for what must not be refused: the catalogue needs some to write down that a blob was
 * deleted, and a collection some to give back the rest.
 */
export function freeSpaceGuard(folder: string, nowMs: () => number): () => Promise<void> {
  let lookedAtMs = -Infinity
  return async () => {
    if (nowMs() - lookedAtMs < lookEveryMs) return
    const { bavail, blocks, bsize } = await statfs(folder)
    const freeBytes = bavail * bsize
    const keptBytes = Math.min(freeBytesMost, blocks * bsize * freeShare)
    if (freeBytes < keptBytes) {
      throw blobError(
        'disk-full',
        `the disk of ${folder} has ${freeBytes} bytes left, and the last ${keptBytes} are kept`,
      )
    }
    if (freeBytes > closeToFull * keptBytes) lookedAtMs = nowMs()
  }
}
