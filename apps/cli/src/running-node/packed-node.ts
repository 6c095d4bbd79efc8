import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The packed program of the node in that checkout; undefined where there is none, or where a source is newer. */
export function packedNode(root: string): string | undefined {
  const program = join(root, 'apps/node/dist/main.js')
  const packedAt = statSync(program, { throwIfNoEntry: false })?.mtimeMs
  if (packedAt === undefined) return undefined
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`)
  const isOlder = ['apps/node/src', ...packages].some((folder) => changedSince(join(root, folder), packedAt))
  return isOlder ? undefined : program
}

function changedSince(folder: string, atMs: number): boolean {
  const names =
    statSync(folder, { throwIfNoEntry: false }) && readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return (names ?? []).some((name) => isSource(name) && statSync(join(folder, name)).mtimeMs > atMs)
}

function isSource(name: string): boolean {
  return name.endsWith('.ts') && !name.endsWith('.test.ts')
}
