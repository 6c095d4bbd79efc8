import { statfs } from 'node:fs/promises'
import type { AskMountSpace, MountSpace } from './file-systems.ts'

/**
 * Asks for the space of what is mounted, but waits no longer than it is told to; a file system that has not answered
 * the last question is not asked again, as each question keeps a thread.
 */
export function nodeMountSpace(root: string, waitMs: number): AskMountSpace {
  const asked = new Map<string, Promise<MountSpace | undefined>>()
  return async (path) => {
    const former = asked.get(path)
    const answer = former ?? space(root + path).finally(() => asked.delete(path))
    asked.set(path, answer)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => resolve(undefined), waitMs)
    try {
      return await Promise.race([answer, promise])
    } finally {
      clearTimeout(timer)
    }
  }
}

async function space(path: string): Promise<MountSpace | undefined> {
  try {
    const { bsize, blocks, bfree, bavail } = await statfs(path)
    return { totalBytes: blocks * bsize, freeBytes: bfree * bsize, availableBytes: bavail * bsize }
  } catch {
    return undefined
  }
}
