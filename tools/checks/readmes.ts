import type { FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { readSource, type Node } from './syntax.ts'
import { shippedDependencies, specifiersOf, unitsOf, type Unit } from './workspace.ts'

/** What the README of a package or app does not say and has to. */
export function silentReadmes(tree: FileTree): readonly Finding[] {
  const units = unitsOf(tree).filter(({ kind }) => kind !== 'tools')
  const ours = new Set(units.map(({ manifest }) => manifest.name))
  return units.flatMap((unit): Finding[] => {
    const file = `${unit.folder}/README.md`
    if (!tree.has(file)) {
      const sentence = `${unit.folder} has no README.md: say what it is, what it guarantees and what it limits`
      return [{ file: `${unit.folder}/package.json`, line: 1, sentence }]
    }
    const text = tree.text(file)
    const sentences = [
      ...silentExports(unit, text),
      ...silentDependencies(unit, text, ours),
      ...silentLimits(tree, unit, text),
    ]
    return sentences.map((sentence) => ({ file, line: 1, sentence }))
  })
}

function silentExports({ manifest }: Unit, text: string): readonly string[] {
  const silent = specifiersOf(manifest).filter((specifier) => !mentions(text, specifier))
  return silent.map((specifier) => `does not mention ${specifier}, which package.json exports: say what it is for`)
}

function silentDependencies({ manifest }: Unit, text: string, ours: ReadonlySet<string>): readonly string[] {
  const foreign = shippedDependencies(manifest).filter((name) => !ours.has(name))
  const silent = foreign.filter((name) => !mentions(text, name))
  return silent.map((name) => `does not mention the dependency ${name}: give the reason for having it`)
}

function silentLimits(tree: FileTree, { folder }: Unit, text: string): readonly string[] {
  const files = tree.paths.filter((path) => path.startsWith(`${folder}/src/`) && /\/(config|limits)\.ts$/.test(path))
  if (files.length > 0 && !/^#+ .*\blimits\b/im.test(text)) {
    return [`has no heading "Limits", but the package has ${files[0]?.slice(folder.length + 1)}: list the limits there`]
  }
  const names = new Set(files.flatMap((path) => readSource(tree, path).program.body.flatMap(limitNames)))
  const silent = [...names].filter((name) => !mentions(text, name))
  return silent.map((name) => `does not mention the limit ${name}: list it with its default`)
}

/** The names in `export const …Defaults = { … }`, and exported numbers. */
function limitNames(statement: Node): readonly string[] {
  if (statement.type !== 'ExportNamedDeclaration' || statement.declaration?.type !== 'VariableDeclaration') return []
  return statement.declaration.declarations.flatMap(({ id, init }) => {
    if (id.type !== 'Identifier' || init === null) return []
    if (init.type === 'ObjectExpression' && /defaults$/i.test(id.name)) {
      return init.properties.flatMap((property) =>
        property.type === 'Property' && property.key.type === 'Identifier' ? [property.key.name] : [],
      )
    }
    const isNumber = (init.type === 'Literal' && typeof init.value === 'number') || init.type === 'BinaryExpression'
    return isNumber ? [id.name] : []
  })
}

/** As a whole word: `@flotilla/core/time/node` does not mention `@flotilla/core/time`. */
function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w/@-])${RegExp.escape(name)}(?![\\w/-])`).test(text)
}
