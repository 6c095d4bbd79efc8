import { posix } from 'node:path'
import type { FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { importsOf } from './imports.ts'
import { impureUses } from './impure-uses.ts'
import { isScript, readSource } from './syntax.ts'
import { splitSpecifier, unitsOf, type Unit } from './workspace.ts'

const whereElse = 'only node-*.ts, driver.ts, *-driver.ts, tests and benches may touch the world'

/** Every use of a clock, timer, random source, socket, file or locale in a package, outside drivers and adapters. */
export function impurities(tree: FileTree): readonly Finding[] {
  const units = new Map(unitsOf(tree).map((unit) => [unit.manifest.name, unit]))
  const ours = new Set(units.keys())
  const isWorldly = worldlyAdapters(tree, units)
  return tree.paths.filter(mustBePure).flatMap((file) => {
    const source = readSource(tree, file)
    const uses = impureUses(source, ours).map(({ line, sentence }) => ({
      file,
      line,
      sentence: `${sentence}; ${whereElse}`,
    }))
    // A folder's `node.ts` is the public name of its adapters.
    if (file.endsWith('/node.ts')) return uses
    const adapters = importsOf(source).flatMap(({ specifier, typeOnly, line }): Finding[] => {
      if (typeOnly || specifier === undefined || !isWorldly(resolved(file, specifier, units))) return []
      const sentence = `imports ${specifier}, an adapter that touches the world; take its port instead; ${whereElse}`
      return [{ file, line, sentence }]
    })
    return [...uses, ...adapters]
  })
}

function mustBePure(path: string): boolean {
  if (!/^packages\/[^/]+\/(?!bench\/|examples\/)/.test(path) || !isScript(path)) return false
  // A *.sim.ts suite replays from its seed like what it tests, so it is no exception.
  if (/\.(test|config|bench)\.\w+$/.test(path)) return false
  return !/\/(node-[^/]+|driver|[^/]+-driver)\.\w+$/.test(path)
}

/**
 * Tells of `node.ts` and `node-*.ts` whether it touches the world, itself or through another of them. A file may be
 * called so because it is about a node of the cluster, and then it is as pure as its neighbours.
 */
function worldlyAdapters(tree: FileTree, units: ReadonlyMap<string, Unit>): (path: string) => boolean {
  const known = new Map<string, boolean>()
  const ours = new Set(units.keys())
  const isWorldly = (path: string): boolean => {
    if (!/\/node(-[^/]+)?\.\w+$/.test(path) || !tree.has(path)) return false
    const before = known.get(path)
    if (before !== undefined) return before
    known.set(path, false) // What imports itself in a circle is no more worldly for that.
    const source = readSource(tree, path)
    const imported = importsOf(source).filter(({ typeOnly }) => !typeOnly)
    const worldly =
      impureUses(source, ours).length > 0 ||
      imported.some(({ specifier = '' }) => isWorldly(resolved(path, specifier, units)))
    known.set(path, worldly)
    return worldly
  }
  return isWorldly
}

/** The path in the tree of what `file` imports; no path of the tree when it is not ours. */
function resolved(file: string, specifier: string, units: ReadonlyMap<string, Unit>): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
  const { name, subpath } = splitSpecifier(specifier)
  const unit = units.get(name)
  return unit === undefined ? specifier : posix.join(unit.folder, String(unit.manifest.exports?.[subpath]))
}
