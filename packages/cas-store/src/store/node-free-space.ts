import { statfsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { blobError } from './errors.ts'

/** How long a look at a disk that is far from full is relied upon. */
const lookEveryMs = 250
/** Far from full is who has so many times what is kept free. */
const farFromFull = 8
/** As long as no more was asked for since the look than this share of what was free. */
const askedShareMax = 1 / 8

/** Of a disk that is smaller than that, a share is kept free. */
const keptBytesMost = 64 * 2 ** 20
const keptShare = 1 / 16

const pageBytes = 4_096
const walPagesLeast = 8

/**
 * How long the catalogue's log may become on the disk of that folder: together with what it grows by when it is written
 * back, it has to fit into what is kept free.
 */
export function walPagesMaxOf(folder: string, most: number): number {
  const { blocks, bsize } = statfsSync(folder)
  return Math.max(walPagesLeast, Math.min(most, Math.floor(keptBytesOf(blocks * bsize) / 4 / pageBytes)))
}

/**
 * Keeps the last of a disk's room for what must not be refused: the catalogue needs some to write down that a blob was
 * deleted, and a collection some to give back the rest. It is told how many bytes are about to be written.
 */
export function freeSpaceGuard(folder: string, nowMs: () => number): (bytes: number) => Promise<void> {
  let lookedAtMs = -Infinity
  /** What may still be asked for without another look. */
  let trustedBytes = 0
  return async (bytes) => {
    if (nowMs() - lookedAtMs < lookEveryMs && bytes <= trustedBytes) {
      trustedBytes -= bytes
      return
    }
    const { bavail, blocks, bsize } = await statfs(folder)
    const freeBytes = bavail * bsize
    const keptBytes = keptBytesOf(blocks * bsize)
    if (freeBytes - bytes < keptBytes) {
      throw blobError(
        'disk-full',
        `the disk of ${folder} has ${freeBytes} bytes left, ${bytes} are to be written, and ${keptBytes} are kept`,
      )
    }
    lookedAtMs = nowMs()
    trustedBytes = freeBytes > farFromFull * keptBytes ? (freeBytes - keptBytes) * askedShareMax : 0
  }
}

function keptBytesOf(diskBytes: number): number {
  return Math.min(keptBytesMost, diskBytes * keptShare)
}
