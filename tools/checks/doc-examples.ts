import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { repoRoot, type FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { isMarkdown, parseMarkdown } from './markdown.ts'
import { run } from './program.ts'
import { unitsOf } from './workspace.ts'

/** One block of a document that is run as its reader would run it. */
interface Example {
  readonly file: string
  /** The line of the opening fence: line n of the example is line n further down. */
  readonly line: number
  readonly code: string
  /** What the block after it, marked `text output`, says that it prints. */
  readonly output: string | undefined
}

const exampleMsMax = 60_000
const orMark = 'mend it, or say why it cannot run: ```ts no-run <reason>'

/**
 * Runs every ```ts block of the documentation but those marked `no-run`, in a folder where the packages are installed
 * and nothing else, and has the compiler look at them too.
 */
export async function brokenExamples(tree: FileTree): Promise<readonly Finding[]> {
  const { examples, findings } = collected(tree)
  if (examples.length === 0) return findings
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-examples-'))
  try {
    await settle(folder, tree, examples)
    for (const [index, example] of examples.entries()) findings.push(...(await runFindings(folder, index, example)))
    return [...findings, ...(await typeFindings(folder, examples))]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function collected(tree: FileTree): { readonly examples: readonly Example[]; readonly findings: Finding[] } {
  const examples: Example[] = []
  const findings: Finding[] = []
  for (const file of tree.paths.filter(isMarkdown)) {
    const { fences } = parseMarkdown(tree.text(file))
    for (const [index, { line, info, text }] of fences.entries()) {
      const [language = '', mark, ...reason] = info.split(/\s+/)
      if (!['ts', 'js', 'typescript', 'javascript'].includes(language)) continue
      if (mark === 'no-run' && reason.length >= 2) continue
      if (mark === undefined) {
        const next = fences[index + 1]
        const output = next?.followsFence === true && next.info === 'text output' ? next.text : undefined
        examples.push({ file, line, code: text, output })
      } else {
        const sentence = `"${info}" is not understood: write ts, or ts no-run and a reason of some words`
        findings.push({ file, line, sentence })
      }
    }
  }
  return { examples, findings }
}

function exampleFile(index: number): string {
  return `example-${index}.ts`
}

/** Files of the examples, beside a `node_modules` that holds the packages of the house and Node's types. */
async function settle(folder: string, tree: FileTree, examples: readonly Example[]): Promise<void> {
  const installed = unitsOf(tree).filter(({ kind }) => kind !== 'tools')
  const links = installed.map(({ folder: from, manifest }) => {
    return { name: manifest.name, target: dirname(tree.diskPath(`${from}/package.json`)) }
  })
  links.push({ name: '@types/node', target: join(repoRoot, 'node_modules/@types/node') })
  for (const { name, target } of links) {
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(target, link, 'junction')
  }
  const tsconfig = {
    extends: join(repoRoot, 'tsconfig.base.json'),
    compilerOptions: { types: ['node'], noUnusedLocals: false, isolatedDeclarations: false, declaration: false },
    include: ['*.ts'],
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  for (const [index, { code }] of examples.entries()) await writeFile(join(folder, exampleFile(index)), code)
}

async function typeFindings(folder: string, examples: readonly Example[]): Promise<readonly Finding[]> {
  const compiler = join(repoRoot, 'node_modules/typescript/bin/tsc')
  const args = [compiler, '-p', '.', '--pretty', 'false']
  const { stdout } = await run(process.execPath, args, { cwd: folder, timeoutMs: exampleMsMax })
  return [...stdout.matchAll(/^example-(\d+)\.ts\((\d+),\d+\): error (.*)$/gm)].flatMap((found): Finding[] => {
    const [, index, line, message] = found
    const example = examples[Number(index)]
    if (example === undefined) return []
    const sentence = `the example does not compile: ${message}; ${orMark}`
    return [{ file: example.file, line: example.line + Number(line), sentence }]
  })
}

async function runFindings(folder: string, index: number, example: Example): Promise<readonly Finding[]> {
  const { file, line, output } = example
  const ended = await run(process.execPath, [exampleFile(index)], { cwd: folder, timeoutMs: exampleMsMax })
  if (ended.status === undefined) {
    return [{ file, line, sentence: `the example had not ended after ${exampleMsMax / 1000} s; ${orMark}` }]
  }
  if (ended.status !== 0) {
    const why = (/^\w*Error\b.*$/m.exec(ended.stderr)?.[0] ?? `it exits with ${ended.status}`).replaceAll(
      `${folder}/`,
      '',
    )
    return [{ file, line, sentence: `the example fails: ${why}; ${orMark}` }]
  }
  const printed = ended.stdout.trim()
  if (output === undefined || output.trim() === printed) return []
  const sentence = `the example prints ${JSON.stringify(printed)}, not what the output block says: correct one`
  return [{ file, line, sentence }]
}
