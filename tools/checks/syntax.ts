import { parseSync, visitorKeys, type Node, type Program } from 'oxc-parser'
import type { FileTree } from './file-tree.ts'

export type { Node } from 'oxc-parser'

export interface Source {
  readonly path: string
  readonly text: string
  readonly program: Program
  /** The line, from 1, of an offset into the text. */
  lineAt(offset: number): number
}

const scriptEndings = ['.ts', '.mts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']

/** Whether this is a file of code that `readSource` understands. */
export function isScript(path: string): boolean {
  return scriptEndings.some((ending) => path.endsWith(ending)) && !path.endsWith('.d.ts')
}

export function readSource(tree: FileTree, path: string): Source {
  const text = tree.text(path)
  const { program, errors } = parseSync(path, text, { preserveParens: false })
  const [wrong] = errors
  if (wrong !== undefined) throw new Error(`${path} does not parse: ${wrong.message}`)
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return {
    path,
    text,
    program,
    lineAt(offset) {
      let [low, high] = [0, starts.length]
      while (high - low > 1) {
        const middle = (low + high) >> 1
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle
      }
      return low + 1
    },
  }
}

/** The nodes directly below this one, in the order of the text. */
export function childrenOf(node: Node): readonly Node[] {
  const fields = node as unknown as Readonly<Record<string, unknown>>
  return (visitorKeys[node.type] ?? []).flatMap((key) => [fields[key]].flat()).filter((child) => isNode(child))
}

/** Visits every node below `node` and itself, parents first; `ancestors` ends with the parent. */
export function walk(
  node: Node,
  visit: (node: Node, ancestors: readonly Node[]) => void,
  ancestors: readonly Node[] = [],
): void {
  visit(node, ancestors)
  const below = [...ancestors, node]
  for (const child of childrenOf(node)) walk(child, visit, below)
}

/** The name in `object.name` and `object['name']`; undefined when it is only known at run time. */
export function memberName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined
  if (node.computed) return literalText(node.property)
  return node.property.type === 'PrivateIdentifier' ? `#${node.property.name}` : node.property.name
}

/** The string that a literal or a template without holes stands for. */
export function literalText(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}
