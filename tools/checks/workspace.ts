import type { FileTree } from './file-tree.ts'

export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly files?: readonly string[]
  readonly exports?: Readonly<Record<string, unknown>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, unknown>> }
}

/** One package of the workspace. */
export interface Unit {
  readonly kind: 'packages' | 'apps' | 'tools'
  /** `core`, for the folder `packages/core`. */
  readonly short: string
  readonly folder: string
  readonly manifest: Manifest
}

export function unitsOf(tree: FileTree): readonly Unit[] {
  return tree.paths.flatMap((path): Unit[] => {
    const found = /^(?:(packages|apps)\/([^/]+)|(tools))\/package\.json$/.exec(path)
    if (found === null) return []
    const [, kind, short, tools] = found
    const folder = path.slice(0, -'/package.json'.length)
    return [
      { kind: (kind ?? tools) as Unit['kind'], short: short ?? 'tools', folder, manifest: manifestAt(tree, path) },
    ]
  })
}

export function manifestAt(tree: FileTree, path: string): Manifest {
  return JSON.parse(tree.text(path)) as Manifest
}

/** What an installed copy of the package brings along. */
export function shippedDependencies(manifest: Manifest): readonly string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
}

/** The names under which what a package exports is imported. */
export function specifiersOf({ name, exports = {} }: Manifest): readonly string[] {
  const open = Object.entries(exports).filter(([key, target]) => target !== null && !key.includes('*'))
  return open.map(([key]) => `${name}${key.slice(1)}`)
}

/** `@scope/name/sub/path` as the package and the subpath that its `exports` must have. */
export function splitSpecifier(specifier: string): { readonly name: string; readonly subpath: string } {
  const parts = specifier.split('/')
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  return { name, subpath: `.${specifier.slice(name.length)}` }
}

/** Whether `exports` opens this subpath; a `null` closes it, and the longest pattern that matches decides. */
export function isExported(exports: Readonly<Record<string, unknown>>, subpath: string): boolean {
  if (subpath in exports) return exports[subpath] !== null
  const matching = Object.keys(exports).filter((key) => {
    const [before, after] = key.split('*')
    return before !== undefined && after !== undefined && subpath.startsWith(before) && subpath.endsWith(after)
  })
  const [longest] = matching.toSorted((a, b) => b.length - a.length)
  return longest !== undefined && exports[longest] !== null
}
