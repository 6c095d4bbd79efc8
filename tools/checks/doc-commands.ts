import { posix } from 'node:path'
import type { FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { isMarkdown, parseMarkdown, type Fence, type Span } from './markdown.ts'
import { manifestAt, splitSpecifier, unitsOf, type Manifest } from './workspace.ts'

/**
 * Commands of the documentation that do not exist: in shell blocks, and in inline code that starts with one of ours.
 * `cliCommands` are the names that the command line knows, such as `lock acquire`; undefined while there is none.
 */
export function unknownCommands(tree: FileTree, cliCommands: readonly string[] | undefined): readonly Finding[] {
  const units = unitsOf(tree)
  const root = manifestAt(tree, 'package.json')
  return tree.paths.filter(isMarkdown).flatMap((file) => {
    const unit = units.find(({ folder }) => file.startsWith(`${folder}/`))
    const context: Context = {
      tree,
      file,
      cliCommands,
      near: unit === undefined ? [root] : [unit.manifest, root],
      named: new Map(units.map(({ manifest }) => [manifest.name, manifest])),
    }
    const { fences, codes } = parseMarkdown(tree.text(file))
    const spans = [...fences.flatMap(shellLines), ...codes.filter(({ text }) => /^(\.\/)?\w+ /.test(text))]
    return spans.flatMap(({ line, text }) =>
      commandsIn(text).flatMap((words): Finding[] => {
        const sentence = commandSentence(words, context)
        return sentence === undefined ? [] : [{ file, line, sentence }]
      }),
    )
  })
}

interface Context {
  readonly tree: FileTree
  readonly file: string
  readonly cliCommands: readonly string[] | undefined
  /** The manifests whose scripts one can run where the document lies. */
  readonly near: readonly Manifest[]
  readonly named: ReadonlyMap<string, Manifest>
}

function shellLines(fence: Fence): readonly Span[] {
  const [language] = fence.info.split(/\s/)
  const isConsole = language === 'console'
  if (!isConsole && language !== 'sh' && language !== 'bash' && language !== 'shell') return []
  const spans = fence.text.split('\n').map((text, index) => ({ line: fence.line + 1 + index, text }))
  // Of a transcript only what was typed is a command.
  return isConsole ? spans.filter(({ text }) => text.startsWith('$ ')) : spans
}

/** The words of each command of a line, without prompt, comment and settings for the environment. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const plain = text.replace(/(^|\s)#.*$/, '').replace(/^\$ /, '')
  return plain.split(/&&|\|\||[;|]/).map((part) => {
    const words = part.trim().split(/\s+/)
    return words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word) && word !== 'sudo'))
  })
}

function commandSentence(words: readonly string[], context: Context): string | undefined {
  const [program = '', ...rest] = words
  switch (program) {
    case 'npm':
      return npmSentence(rest, context)
    case 'pnpm':
      return pnpmSentence(rest, context)
    case 'npx':
      return rest[0] === 'flotilla' ? cliSentence(rest.slice(1), context) : undefined
    case 'flotilla':
    case './flotilla':
      return cliSentence(rest, context)
    case 'node':
      return fileSentence(
        rest.find((word) => !word.startsWith('-')),
        context,
      )
    default:
      return program.startsWith('./') || program.startsWith('.ci/') ? fileSentence(program, context) : undefined
  }
}

function npmSentence([verb = '', ...rest]: readonly string[], context: Context): string | undefined {
  if (verb === 'start' || verb === 'test') return scriptSentence(verb, context.near)
  if (verb === 'run') return scriptSentence(rest[0], context.near)
  if (verb === 'install' || verb === 'i' || verb === 'add') return packagesSentence(rest, context)
  return undefined
}

/** What pnpm does itself; every other word is a script. */
const pnpmVerbs: ReadonlySet<string> = new Set(
  `audit config create deploy dlx exec fetch init link list ls outdated pack patch prune publish rebuild remove rm store
  unlink up update why`.split(/\s+/),
)

function pnpmSentence(words: readonly string[], context: Context): string | undefined {
  let manifests = context.near
  let index = 0
  for (; words[index]?.startsWith('-') === true; index++) {
    if (words[index] === '-C' || words[index] === '--dir') return undefined
    if (words[index] !== '--filter' && words[index] !== '-F') continue
    const name = words[++index] ?? ''
    const manifest = context.named.get(name)
    if (manifest === undefined) {
      return isOpen(name) ? undefined : `there is no package ${name} to filter by: name one of the workspace`
    }
    manifests = [manifest]
  }
  const [verb, ...rest] = words.slice(index)
  if (verb === undefined || pnpmVerbs.has(verb)) return undefined
  if (verb === 'install' || verb === 'i' || verb === 'add') return packagesSentence(rest, context)
  if (verb === 'run') return scriptSentence(rest[0], manifests)
  return scriptSentence(verb, manifests) ?? (verb === 'flotilla' ? cliSentence(rest, context) : undefined)
}

/** A word that stands for something else, such as `SUITE`, `<name>` or `…`. */
function isOpen(word: string): boolean {
  return /^[^a-z@./-]/.test(word) || /[<*…]/.test(word)
}

function scriptSentence(script: string | undefined, manifests: readonly Manifest[]): string | undefined {
  if (script === undefined || isOpen(script)) return undefined
  if (manifests.some(({ scripts }) => scripts !== undefined && script in scripts)) return undefined
  return `the script "${script}" does not exist: correct it, or add it to the scripts of ${manifests[0]?.name}`
}

function packagesSentence(words: readonly string[], { named }: Context): string | undefined {
  const ours = words.filter((word) => word.startsWith('@flotilla/')).map((word) => splitSpecifier(word).name)
  const wrong = ours.map((name) => name.replace(/(?<=.)@.*$/, '')).find((name) => !named.has(name))
  return wrong === undefined ? undefined : `there is no package ${wrong} to install: name one of the workspace`
}

function cliSentence(words: readonly string[], { cliCommands }: Context): string | undefined {
  if (cliCommands === undefined) return undefined
  const end = words.findIndex((word) => word.startsWith('-') || isOpen(word))
  const said = (end === -1 ? words : words.slice(0, end)).join(' ')
  const isKnown = cliCommands.some((known) => `${said} `.startsWith(`${known} `) || `${known} `.startsWith(`${said} `))
  if (said === '' || isKnown) return undefined
  return `flotilla has no command "${said}": correct it, or see \`flotilla --help\``
}

function fileSentence(name: string | undefined, { tree, file }: Context): string | undefined {
  if (name === undefined || isOpen(name) || !/\.(ts|js|mjs)$|^\.\/|^\.ci\//.test(name)) return undefined
  const places = [posix.normalize(name), posix.join(posix.dirname(file), name)]
  if (places.some((place) => tree.has(place))) return undefined
  return `there is no file ${name} to run: correct the path, seen from the root or from this document`
}
