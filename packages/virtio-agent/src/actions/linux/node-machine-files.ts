import { open, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { MachineFiles } from './machine-files.ts'

/** Most files of the kernel are one line. */
const firstPieceBytes = 4_096
const pieceBytes = 65_536

/** Those of this machine, or a recorded tree of them below the root. */
export function nodeMachineFiles(root: string, bytesMax: number): MachineFiles {
  const bytes = (path: string): Promise<Uint8Array | undefined> => front(join(root, path), bytesMax)
  return {
    bytes,
    text: async (path) => decoded(await bytes(path)),
    names: (folder) => readdir(join(root, folder)).catch(() => []),
    async real(path) {
      const [whole, base] = await Promise.all([
        realpath(join(root, path)).catch(() => undefined),
        realpath(root === '' ? '/' : root),
      ])
      if (base === '/' || whole === undefined) return whole
      return whole.startsWith(`${base}/`) ? whole.slice(base.length) : undefined
    },
    async write(path, text) {
      await using file = await open(join(root, path), 'r+')
      await file.write(text, 0)
    },
  }
}

function decoded(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

/** Not by the size that the system tells: files of the kernel say 0. */
async function front(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(path, 'r')
    const pieces: Buffer[] = []
    let missing = bytesMax
    while (missing > 0) {
      const piece = Buffer.allocUnsafe(Math.min(missing, pieces.length === 0 ? firstPieceBytes : pieceBytes))
      const { bytesRead } = await file.read(piece, 0, piece.length)
      if (bytesRead === 0) break
      pieces.push(piece.subarray(0, bytesRead))
      missing -= bytesRead
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
  } catch {
    return undefined
  }
}
