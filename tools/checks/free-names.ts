import { childrenOf, type Node } from './syntax.ts'

/** One use of a name that is not a local: a global, or declared at the top of the module. */
export interface FreeName {
  readonly name: string
  readonly isGlobal: boolean
  readonly node: Node
  /** From the outermost to the parent. */
  readonly ancestors: readonly Node[]
}

/** A scope and those around it, innermost first. */
type Scopes = readonly ReadonlySet<string>[]

/**
 * The uses of globals and of the module's own top-level names. A parameter called `performance` is a local, an import
 * of that name is the module's own. Types are not looked at: nothing of them is left at run time. `var`, which the
 * linter forbids, counts as declared in its block only.
 */
export function freeNames(program: Node): readonly FreeName[] {
  const found: FreeName[] = []
  const enter = (node: Node, ancestors: readonly Node[], scopes: Scopes): void => {
    if (isErased(node)) return
    if (node.type === 'Identifier') {
      const scope = scopes.find((declared) => declared.has(node.name))
      const isLocal = scope !== undefined && scope !== scopes.at(-1)
      if (isLocal || isLabel(node, ancestors.at(-1))) return
      found.push({ name: node.name, isGlobal: scope === undefined, node, ancestors })
      return
    }
    const declared = declaredBy(node)
    const inner = declared.length === 0 && node !== program ? scopes : [new Set(declared), ...scopes]
    const below = [...ancestors, node]
    for (const child of childrenOf(node)) enter(child, below, inner)
  }
  enter(program, [], [])
  return found
}

const valueWrappers: readonly string[] = [
  'TSAsExpression',
  'TSInstantiationExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
]

/** Types and `declare` statements, of which nothing is left at run time. */
function isErased(node: Node): boolean {
  if ('declare' in node && node.declare) return true
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') return true
  if (node.type === 'ExportNamedDeclaration') return node.declaration === null
  return node.type.startsWith('TS') && !valueWrappers.includes(node.type)
}

/** The names that `node` brings into the scope of what stands below it. */
function declaredBy(node: Node): readonly string[] {
  if (node.type === 'Program' || node.type === 'BlockStatement' || node.type === 'StaticBlock') {
    return node.body.flatMap((statement) => declaredHere(statement))
  }
  if (node.type === 'SwitchStatement') return node.cases.flatMap(({ consequent }) => consequent.flatMap(declaredHere))
  if (node.type === 'ArrowFunctionExpression') return node.params.flatMap(boundNames)
  if (node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression') {
    return ['arguments', ...ownName(node), ...node.params.flatMap(boundNames)]
  }
  if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') return ownName(node)
  if (node.type === 'ForStatement') return node.init === null ? [] : declaredHere(node.init)
  if (node.type === 'ForInStatement' || node.type === 'ForOfStatement') return declaredHere(node.left)
  if (node.type === 'CatchClause') return node.param === null ? [] : boundNames(node.param)
  return []
}

function declaredHere(statement: Node): readonly string[] {
  if (statement.type === 'ImportDeclaration') return statement.specifiers.map(({ local }) => local.name)
  if (isErased(statement)) return []
  if (statement.type === 'VariableDeclaration') return statement.declarations.flatMap(({ id }) => boundNames(id))
  if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') return ownName(statement)
  const isExport = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
  return isExport && statement.declaration !== null ? declaredHere(statement.declaration) : []
}

function ownName({ id }: { readonly id: { readonly name: string } | null }): readonly string[] {
  return id === null ? [] : [id.name]
}

/** The names that a pattern binds: all its identifiers but keys and what its defaults use. */
function boundNames(pattern: Node): readonly string[] {
  if (pattern.type === 'Identifier') return [pattern.name]
  if (pattern.type === 'AssignmentPattern') return boundNames(pattern.left)
  if (pattern.type === 'RestElement') return boundNames(pattern.argument)
  if (pattern.type === 'Property') return boundNames(pattern.value)
  if (pattern.type === 'ObjectPattern') return pattern.properties.flatMap(boundNames)
  if (pattern.type !== 'ArrayPattern') return []
  return pattern.elements.flatMap((element) => (element === null ? [] : boundNames(element)))
}

/** An identifier that only labels something: a property, a key of an object or class, a label of a loop. */
function isLabel(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return false
  if (parent.type === 'MemberExpression') return !parent.computed && parent.property === node
  if ('key' in parent && 'computed' in parent) return !parent.computed && parent.key === node
  return ['MetaProperty', 'LabeledStatement', 'BreakStatement', 'ContinueStatement'].includes(parent.type)
}
