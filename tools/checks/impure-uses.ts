import { freeNames, type FreeName } from './free-names.ts'
import { importsOf, type Import } from './imports.ts'
import { adviceFor, localeMembers, pureGlobals, pureMembers, pureModules } from './purity-rules.ts'
import { memberName, walk, type Node, type Source } from './syntax.ts'
import { splitSpecifier } from './workspace.ts'

/** One place where a file touches the world: what it does, and what to do about it. */
export interface ImpureUse {
  readonly line: number
  readonly sentence: string
}

/** What a file itself does to the world, by modules that are not `ours`, by globals and by the machine's language. */
export function impureUses(source: Source, ours: ReadonlySet<string>): readonly ImpureUse[] {
  return [...impureImports(source, ours), ...impureGlobals(source), ...impureMembers(source)]
}

function impureImports(source: Source, ours: ReadonlySet<string>): readonly ImpureUse[] {
  return importsOf(source).flatMap((found): ImpureUse[] => {
    const { specifier, typeOnly, line } = found
    if (specifier === undefined || typeOnly || specifier.startsWith('.')) return []
    if (ours.has(splitSpecifier(specifier).name)) return []
    const sentence = moduleSentence(specifier, found)
    return sentence === undefined ? [] : [{ line, sentence }]
  })
}

function moduleSentence(specifier: string, { names }: Import): string | undefined {
  const module = specifier.startsWith('node:') ? specifier : splitSpecifier(specifier).name
  const rule = pureModules[module]
  if (rule === undefined)
    return `imports ${specifier}, which is not on the list of pure modules; take a port as an argument`
  const { only, except = [] } = rule
  if (only === undefined && except.length === 0) return undefined
  if (names === undefined) return `imports all of ${specifier}, of which a part is impure; import by name what you need`
  const wrong = names.find((name) => (only === undefined ? except.includes(name) : !only.includes(name)))
  if (wrong === undefined) return undefined
  return `imports \`${wrong}\` of ${specifier}, which is not on the list of pure modules; take a port as an argument`
}

function impureGlobals(source: Source): readonly ImpureUse[] {
  return freeNames(source.program).flatMap((free): ImpureUse[] => {
    const { name, shown, isPure } = usedGlobal(free)
    if (isPure || !free.isGlobal) return []
    return [{ line: source.lineAt(free.node.start), sentence: `\`${shown}\` is ${adviceFor(name)}` }]
  })
}

/** Looks through `globalThis.` at what is used, and at what of it. */
function usedGlobal({ name, node, ancestors }: Omit<FreeName, 'isGlobal'>): {
  readonly name: string
  readonly shown: string
  readonly isPure: boolean
} {
  const parent = ancestors.at(-1)
  const member = parent?.type === 'MemberExpression' && parent.object === node ? memberName(parent) : undefined
  if (name === 'globalThis' && member !== undefined && parent !== undefined) {
    return usedGlobal({ name: member, node: parent, ancestors: ancestors.slice(0, -1) })
  }
  const shown = member === undefined ? name : `${name}.${member}`
  if (pureGlobals.has(name) || name === 'arguments') return { name, shown, isPure: true }
  const isPureMember = pureMembers[name]
  if (isPureMember === undefined || parent === undefined) return { name, shown, isPure: false }
  if (member !== undefined) return { name, shown, isPure: isPureMember(member) }
  return { name, shown, isPure: isHarmlessUse(name, node, parent) }
}

function isHarmlessUse(name: string, node: Node, parent: Node): boolean {
  if (parent.type === 'BinaryExpression') return parent.operator === 'instanceof' && parent.right === node
  return name === 'Date' && parent.type === 'NewExpression' && parent.callee === node && parent.arguments.length > 0
}

function impureMembers(source: Source): readonly ImpureUse[] {
  const uses: ImpureUse[] = []
  walk(source.program, (node) => {
    const member = memberName(node)
    if (member === undefined || !localeMembers.has(member)) return
    const sentence = `\`${member}\` depends on the language of the machine; compare and format without it`
    uses.push({ line: source.lineAt(node.end), sentence })
  })
  return uses
}
