import { randomFillSync } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const pieceBytes = 8 * 2 ** 20

/** A file that nothing can compress, and no two are alike. */
export async function randomFile(path: string, bytes: number): Promise<void> {
  await using file = await open(path, 'w')
  const piece = Buffer.alloc(Math.min(pieceBytes, bytes))
  for (let written = 0; written < bytes; written += piece.length) await file.write(randomFillSync(piece))
  await file.sync()
}

/** Files of 4 KiB, a hundred to a folder. */
export async function smallFiles(folder: string, count: number): Promise<void> {
  const piece = Buffer.alloc(4_096)
  for (let index = 0; index < count; index++) {
    const own = join(folder, String(Math.floor(index / 100)))
    if (index % 100 === 0) await mkdir(own, { recursive: true })
    await writeFile(join(own, `${index}.bin`), randomFillSync(piece))
  }
}
