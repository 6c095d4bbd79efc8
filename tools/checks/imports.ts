import { literalText, memberName, walk, type Node, type Source } from './syntax.ts'

/** One place where a file names another module, by whatever syntax. */
export interface Import {
  /** Undefined when it is computed, so that nobody can tell before it runs. */
  readonly specifier: string | undefined
  readonly line: number
  /** Nothing of it is left when the types are stripped. */
  readonly typeOnly: boolean
  /** The names that are taken from the module; undefined when it is the whole module. */
  readonly names: readonly string[] | undefined
}

/** Static, dynamic and type-only imports, re-exports, `import()` types, `require` and `import.meta.resolve`. */
export function importsOf(source: Source): readonly Import[] {
  const found: Import[] = []
  walk(source.program, (node) => {
    const request = requestOf(node)
    if (request === undefined) return
    const { from, typeOnly = false, names } = request
    found.push({ specifier: literalText(from), line: source.lineAt(from.start), typeOnly, names })
  })
  return found
}

interface Request {
  readonly from: Node
  readonly typeOnly?: boolean
  readonly names?: readonly string[] | undefined
}

function requestOf(node: Node): Request | undefined {
  if (node.type === 'ImportDeclaration') {
    return { from: node.source, typeOnly: node.importKind === 'type', names: importedNames(node) }
  }
  if (node.type === 'ExportNamedDeclaration' && node.source !== null) {
    const names = node.specifiers.map(({ local }) => ('name' in local ? local.name : local.value))
    return { from: node.source, typeOnly: node.exportKind === 'type', names }
  }
  if (node.type === 'ExportAllDeclaration') return { from: node.source, typeOnly: node.exportKind === 'type' }
  if (node.type === 'ImportExpression') return { from: node.source }
  if (node.type === 'TSImportType') return { from: node.source, typeOnly: true }
  if (node.type === 'TSExternalModuleReference') return { from: node.expression }
  if (node.type !== 'CallExpression') return undefined
  const [from] = node.arguments
  return from !== undefined && isResolution(node.callee) ? { from } : undefined
}

/** `require` or `import.meta.resolve`. */
function isResolution(callee: Node): boolean {
  if (callee.type === 'Identifier') return callee.name === 'require'
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'MetaProperty') return false
  return memberName(callee) === 'resolve'
}

function importedNames(node: Node & { type: 'ImportDeclaration' }): readonly string[] | undefined {
  const names: string[] = []
  for (const specifier of node.specifiers) {
    if (specifier.type === 'ImportNamespaceSpecifier') return undefined
    if (specifier.type === 'ImportDefaultSpecifier') names.push('default')
    else if (specifier.importKind !== 'type') {
      names.push('name' in specifier.imported ? specifier.imported.name : specifier.imported.value)
    }
  }
  return names
}
