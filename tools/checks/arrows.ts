import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import type { FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { pluginLoaders, type House } from './house.ts'
import { importsOf, type Import } from './imports.ts'
import { isScript, readSource } from './syntax.ts'
import { isExported, shippedDependencies, splitSpecifier, unitsOf, type Unit } from './workspace.ts'

/** What a unit leans on, and where it says so; collected to look for cycles. */
type Graph = Map<Unit, Map<Unit, { readonly file: string; readonly line: number }>>

/** Every import and every dependency that points where the house does not allow it. */
export function forbiddenArrows(tree: FileTree, house: House): readonly Finding[] {
  const units = unitsOf(tree)
  const byName = new Map(units.map((unit) => [unit.manifest.name, unit]))
  const graph: Graph = new Map(units.map((unit) => [unit, new Map()]))
  const findings: Finding[] = []
  for (const unit of units) {
    const context: Context = { unit, byName, house, graph }
    findings.push(...homeless(unit, house), ...manifestFindings(tree, context))
    for (const path of tree.paths) {
      if (!path.startsWith(`${unit.folder}/`) || !isScript(path)) continue
      for (const found of importsOf(readSource(tree, path))) {
        const sentence = importSentence(context, path, found)
        if (sentence !== undefined) findings.push({ file: path, line: found.line, sentence })
      }
    }
  }
  return [...findings, ...cycles(graph)]
}

interface Context {
  readonly unit: Unit
  readonly byName: ReadonlyMap<string, Unit>
  readonly house: House
  readonly graph: Graph
}

function homeless(unit: Unit, house: House): readonly Finding[] {
  if (unit.kind === 'tools' || unit.short in house[unit.kind]) return []
  const sentence = `${unit.folder} has no place in the house: say in tools/checks/house.ts what it may import`
  return [{ file: `${unit.folder}/package.json`, line: 1, sentence }]
}

function manifestFindings(tree: FileTree, context: Context): readonly Finding[] {
  const { unit, byName, graph } = context
  const file = `${unit.folder}/package.json`
  const lines = tree.text(file).split('\n')
  const shipped = new Set(shippedDependencies(unit.manifest))
  const findings: Finding[] = []
  for (const name of new Set([...shipped, ...Object.keys(unit.manifest.devDependencies ?? {})])) {
    const target = byName.get(name)
    if (target === undefined) continue
    const line = lines.findIndex((text) => text.includes(`"${name}":`)) + 1
    graph.get(unit)?.set(target, { file, line })
    // What only tests and benchmarks use is judged where they import it.
    const isInner = !shipped.has(name) && target.kind === 'packages'
    const sentence = isInner ? undefined : arrowSentence(context, target, false)
    if (sentence !== undefined) findings.push({ file, line, sentence })
  }
  return findings
}

function importSentence(context: Context, file: string, found: Import): string | undefined {
  const { unit, byName, graph } = context
  const { specifier, line } = found
  const shipped = isShipped(unit, file)
  if (specifier === undefined) {
    if (!shipped || file in pluginLoaders) return undefined
    return 'imports something that is only known at run time, so no check can follow it: import a string literal'
  }
  if (specifier.startsWith('.')) return leavingSentence(unit, file, specifier)
  if (specifier.startsWith('/') || specifier.startsWith('file:')) {
    return `imports ${specifier} by its place on the disk: use the name of the package`
  }
  if (isBuiltin(specifier)) return undefined
  const { name, subpath } = splitSpecifier(specifier)
  const target = byName.get(name)
  if (target !== undefined) {
    if (!isExported(target.manifest.exports ?? {}, subpath)) {
      return `reaches into ${name}, which does not export ${subpath}: use what its package.json exports, or export it`
    }
    if (target === unit) return undefined
    graph.get(unit)?.set(target, { file, line })
    // A benchmark may put a whole mesh together; nobody who installs the package meets it.
    const sentence =
      isBench(file) && target.kind === 'packages' ? undefined : arrowSentence(context, target, isTest(file))
    if (sentence !== undefined) return sentence
  }
  return undeclaredSentence(unit, name, shipped)
}

/** What users get; all else may import a devDependency. */
function isShipped(unit: Unit, file: string): boolean {
  return unit.kind !== 'tools' && file.startsWith(`${unit.folder}/src/`) && !isTest(file)
}

/** `suites` holds simulator suites and what they are made of. */
function isTest(file: string): boolean {
  return /\.(test|sim)\.\w+$|^packages\/[^/]+\/suites\//.test(file)
}

function isBench(file: string): boolean {
  return /^packages\/[^/]+\/bench\//.test(file)
}

function arrowSentence({ unit, house }: Context, target: Unit, inTests: boolean): string | undefined {
  const from = unit.kind === 'tools' ? 'tools' : unit.short
  if (target.kind === 'tools') return `${from} imports the tools: nothing that we ship may; move it into a package`
  if (unit.kind === 'tools' && target.kind === 'packages') return undefined
  if (target.kind === 'apps') {
    if (unit.kind === 'apps' && house.apps[unit.short]?.includes(target.short) === true) return undefined
    if (unit.kind === 'apps') return `${from} imports the app ${target.short}: move what both need into a package`
    return `${from} imports the app ${target.short}: only apps choose; move what both need down into a package`
  }
  if (target.short === 'sim') {
    if (inTests) return undefined
    return `${from} imports sim outside its tests: only *.test.ts, *.sim.ts and suites/ may, as a devDependency`
  }
  if (unit.kind === 'apps' || house.packages[unit.short]?.includes(target.short) === true) return undefined
  const allowed = house.packages[unit.short]?.join(', ') || 'nothing of ours'
  return `${from} may import ${allowed}, not ${target.short}: turn the arrow, or allow it in tools/checks/house.ts`
}

function leavingSentence(unit: Unit, file: string, specifier: string): string | undefined {
  const reached = posix.join(posix.dirname(file), specifier)
  if (reached.startsWith(`${unit.folder}/`)) return undefined
  if (reached === 'vitest.shared.ts' && file === `${unit.folder}/vitest.config.ts`) return undefined
  return `imports ${specifier}, which leaves ${unit.folder}: import another package by its name and its exports`
}

function undeclaredSentence(unit: Unit, name: string, shipped: boolean): string | undefined {
  if (shippedDependencies(unit.manifest).includes(name)) return undefined
  const isDev = name in (unit.manifest.devDependencies ?? {})
  if (isDev && !shipped) return undefined
  if (!isDev) return `imports ${name}, which ${unit.folder}/package.json does not list: add it there`
  return `imports ${name}, which is only a devDependency of ${unit.folder}: move it to its dependencies`
}

/** One finding for each way back to where one started, over imports of every kind and over package.json files. */
function cycles(graph: Graph): readonly Finding[] {
  const findings: Finding[] = []
  const done = new Set<Unit>()
  const enter = (unit: Unit, path: readonly Unit[]): void => {
    if (done.has(unit)) return
    for (const [target, { file, line }] of graph.get(unit) ?? []) {
      const start = [...path, unit].indexOf(target)
      if (start === -1) {
        enter(target, [...path, unit])
        continue
      }
      const round = [...path.slice(start), unit, target].map(({ short }) => short).join(' -> ')
      findings.push({ file, line, sentence: `${round} is a cycle: move what both need into a package below them` })
    }
    done.add(unit)
  }
  for (const unit of graph.keys()) enter(unit, [])
  return findings
}
