import type { FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { freeNames } from './free-names.ts'
import { isScript, memberName, readSource, walk, type Node, type Source } from './syntax.ts'

const ownIt = 'let a class or a factory own it'

/** Everything that makes importing a file of a package do or remember something. */
export function moduleStates(tree: FileTree): readonly Finding[] {
  return tree.paths.filter(isShipped).flatMap((path) => {
    const source = readSource(tree, path)
    return [...effectsAtTop(source), ...changedConstants(source), ...changingStatics(source)]
  })
}

function isShipped(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path) && isScript(path) && !path.endsWith('.test.ts')
}

const harmless: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'FunctionDeclaration',
  'ClassDeclaration',
])

function effectsAtTop(source: Source): readonly Finding[] {
  return source.program.body.flatMap((statement: Node): Finding[] => {
    const isExport = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
    const node: Node | null = isExport ? statement.declaration : statement
    if (node === null || harmless.has(node.type) || node.type.startsWith('TS')) return []
    const at = { file: source.path, line: source.lineAt(statement.start) }
    if (node.type === 'VariableDeclaration') {
      if (node.declare === true) return []
      if (node.kind !== 'const')
        return [{ ...at, sentence: `a module-level \`${node.kind}\` is shared by everyone: ${ownIt}` }]
      if (!hasAwait(node)) return []
      return [{ ...at, sentence: 'importing this file waits for something: do it in a function that the caller calls' }]
    }
    if (statement.type === 'ExportDefaultDeclaration') return []
    return [{ ...at, sentence: 'importing this file does something: move the statement into a function' }]
  })
}

function hasAwait(node: Node): boolean {
  let found = false
  walk(node, (below, ancestors) => {
    if (below.type === 'AwaitExpression' && !ancestors.some(({ type }) => /Function/.test(type))) found = true
  })
  return found
}

/** Module-level constants that hold a container which some code of the file changes. */
function changedConstants(source: Source): readonly Finding[] {
  const containers = containersOf(source)
  return freeNames(source.program).flatMap(({ name, node, ancestors }): Finding[] => {
    if (!containers.has(name) || !isChanged(node, ancestors.at(-1), ancestors.at(-2))) return []
    const sentence = `changes \`${name}\`, which is module-level and so shared by everyone: ${ownIt}`
    return [{ file: source.path, line: source.lineAt(node.start), sentence }]
  })
}

function containersOf(source: Source): ReadonlySet<string> {
  const names = new Set<string>()
  for (const statement of source.program.body) {
    const node: Node | null = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (node?.type !== 'VariableDeclaration') continue
    for (const { id, init } of node.declarations) {
      if (init !== null && isContainer(init) && id.type === 'Identifier') names.add(id.name)
    }
  }
  return names
}

function isContainer(node: Node): boolean {
  if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') return isContainer(node.expression)
  return ['ArrayExpression', 'NewExpression', 'ObjectExpression'].includes(node.type)
}

const changingMethods: ReadonlySet<string> = new Set(
  'add clear copyWithin delete fill pop push reverse set shift sort splice unshift'.split(' '),
)

/** Whether the use of `node` is part of `x.a = …`, `x[a]++`, `delete x.a` or `x.push(…)`. */
function isChanged(node: Node, member: Node | undefined, use: Node | undefined): boolean {
  if (member?.type !== 'MemberExpression' || member.object !== node) return false
  if (use?.type === 'AssignmentExpression') return use.left === member
  if (use?.type === 'UpdateExpression') return true
  if (use?.type === 'UnaryExpression') return use.operator === 'delete'
  if (use?.type !== 'CallExpression') return false
  return use.callee === member && changingMethods.has(memberName(member) ?? '')
}

/** What a class keeps for all its instances together. */
function changingStatics(source: Source): readonly Finding[] {
  const findings: Finding[] = []
  walk(source.program, (node) => {
    const at = { file: source.path, line: source.lineAt(node.start) }
    if (node.type === 'StaticBlock') {
      findings.push({ ...at, sentence: 'importing this file runs a static block: move it into a function' })
    }
    if (node.type === 'PropertyDefinition' && node.static && node.readonly !== true) {
      findings.push({
        ...at,
        sentence: `a static field that may change is shared by everyone: ${ownIt}, or make it readonly`,
      })
    }
  })
  return findings
}
