import type { FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { isScript, literalText, readSource, walk, type Node, type Source } from './syntax.ts'
import { uniqueName } from './unique-name.ts'

const fileLinesMax = 300
const functionLinesMax = 70
const lineLengthMax = 120

/** One exception of `ratchet.json`: it names what is too long, says why, and may only shrink. */
interface Exception {
  /** A path for a file or for its lines, `path#name` for a function. */
  readonly where: string
  readonly what: 'file' | 'function' | 'lines'
  /** Lines of the file or function; for `lines` the characters beyond the limit, over all lines together. */
  readonly size: number
  readonly reason: string
}

/** Something that is longer than its limit. */
interface Excess {
  readonly where: string
  readonly what: Exception['what']
  readonly size: number
  readonly file: string
  readonly line: number
  readonly sentence: string
}

const ratchetFile = 'tools/checks/ratchet.json'

/** Everything that is too long and not excepted, and every exception that is not exact any more. */
export function tooLong(tree: FileTree): readonly Finding[] {
  const exceptions = tree.has(ratchetFile) ? (JSON.parse(tree.text(ratchetFile)) as readonly Exception[]) : []
  const excesses = tree.paths.filter(isOurs).flatMap((path) => excessesOf(tree, path))
  return [
    ...excesses.flatMap((excess) =>
      excessFindings(
        excess,
        exceptions.find((listed) => isFor(listed, excess)),
      ),
    ),
    ...exceptions.flatMap((listed) => exceptionFindings(listed, excesses)),
  ]
}

function isOurs(path: string): boolean {
  return !path.endsWith('.d.ts') && (isScript(path) || path.endsWith('.svelte') || path.endsWith('.css'))
}

function excessesOf(tree: FileTree, file: string): readonly Excess[] {
  const found = [...longFile(tree, file), ...longLines(tree, file)]
  return isScript(file) ? [...found, ...longFunctions(readSource(tree, file))] : found
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n')
}

function longFile(tree: FileTree, file: string): readonly Excess[] {
  const size = linesOf(tree.text(file)).length
  if (size <= fileLinesMax) return []
  const sentence = `the file has ${size} lines, ${fileLinesMax} are allowed: move the concept that it hides to a file`
  return [{ where: file, what: 'file', size, file, line: 1, sentence }]
}

function longLines(tree: FileTree, file: string): readonly Excess[] {
  const beyond = linesOf(tree.text(file)).map((text) => Math.max(0, text.length - lineLengthMax))
  const size = beyond.reduce((sum, characters) => sum + characters, 0)
  if (size === 0) return []
  const count = beyond.filter((characters) => characters > 0).length
  const line = beyond.findIndex((characters) => characters > 0) + 1
  const sentence = `${count} lines, this one first, exceed ${lineLengthMax} characters, by ${size} together: break them`
  return [{ where: file, what: 'lines', size, file, line, sentence }]
}

function longFunctions(source: Source): readonly Excess[] {
  const found = new Map<string, Excess>()
  walk(source.program, (node, ancestors) => {
    if (!/^(ArrowFunctionExpression|FunctionDeclaration|FunctionExpression)$/.test(node.type)) return
    const line = source.lineAt(node.start)
    const size = source.lineAt(node.end) - line + 1
    if (size <= functionLinesMax) return
    const name = functionName(node, ancestors)
    if (name.startsWith('describe(')) return // It groups tests, as a file does.
    const where = uniqueName(`${source.path}#${name}`, found)
    const sentence = `${name} has ${size} lines, ${functionLinesMax} are allowed: keep the branching, move the rest`
    found.set(where, { where, what: 'function', size, file: source.path, line, sentence })
  })
  return [...found.values()]
}

/** What a person would call the function; a callback goes by the call that it is handed to. */
function functionName(node: Node, ancestors: readonly Node[]): string {
  const isNamed = node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression'
  if (isNamed && node.id !== null) return node.id.name
  const parent = ancestors.at(-1)
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return parent.id.name
  if (parent?.type === 'CallExpression') {
    const callee = calleeName(parent.callee)
    const [first] = parent.arguments
    const label = first === undefined ? undefined : literalText(first)
    return label === undefined ? `${callee}()` : `${callee}('${label}')`
  }
  if (parent === undefined || !('key' in parent)) return 'function'
  const owner = ancestors.findLast(({ type }) => type === 'ClassDeclaration')
  const name = keyName(parent.key)
  return owner?.type === 'ClassDeclaration' && owner.id !== null ? `${owner.id.name}.${name}` : name
}

/** `describe` for `describe.each(cases)(…)` too. */
function calleeName(callee: Node): string {
  if (callee.type === 'Identifier') return callee.name
  if (callee.type === 'MemberExpression') return calleeName(callee.object)
  return callee.type === 'CallExpression' ? calleeName(callee.callee) : 'call'
}

function keyName(key: Node): string {
  if (key.type === 'Identifier') return key.name
  return key.type === 'PrivateIdentifier' ? `#${key.name}` : (literalText(key) ?? 'function')
}

function isFor(listed: Exception, excess: Excess): boolean {
  return listed.where === excess.where && listed.what === excess.what
}

function excessFindings(excess: Excess, listed: Exception | undefined): readonly Finding[] {
  const { where, what, size, file, line, sentence } = excess
  if (listed === undefined) return [{ file, line, sentence }]
  if (size === listed.size) return []
  if (size > listed.size) {
    return [
      { file, line, sentence: `${sentence} (${ratchetFile} excepts it up to ${listed.size}, and it may only shrink)` },
    ]
  }
  const shrunk = `${where} has shrunk to ${size}: lower the size of its "${what}" entry from ${listed.size} to ${size}`
  return [{ file: ratchetFile, line: 1, sentence: shrunk }]
}

function exceptionFindings(listed: Exception, excesses: readonly Excess[]): readonly Finding[] {
  const { where, what, reason } = listed
  const at = { file: ratchetFile, line: 1 }
  if (!excesses.some((excess) => isFor(listed, excess))) {
    return [{ ...at, sentence: `${where} is gone or within its limit: remove its "${what}" entry` }]
  }
  if (reason.trim().split(/\s+/).length >= 3) return []
  return [{ ...at, sentence: `the "${what}" entry of ${where} has no reason: say why it is longer than allowed` }]
}
