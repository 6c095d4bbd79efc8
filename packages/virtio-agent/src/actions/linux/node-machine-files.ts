import { createReadStream } from 'node:fs'
import { open, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { MachineFiles } from './machine-files.ts'

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
  const pieces: Buffer[] = []
  try {
    for await (const piece of createReadStream(path, { end: bytesMax - 1 })) pieces.push(piece as Buffer)
  } catch {
    return undefined
  }
  return Buffer.concat(pieces)
}
