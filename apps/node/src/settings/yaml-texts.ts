import { nearest } from '@flotilla/core/text'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Pair, type Scalar, type YAMLMap } from 'yaml'
import { nodeLimitsDefaults } from '../limits.ts'
import type { ReadTexts } from './flags.ts'
import type { GivenTexts } from './given-texts.ts'
import { shown, type FilePlace, type SettingProblem } from './setting-problem.ts'
import type { Setting } from './setting.ts'

/**
 * What a file says: settings at the beginning of their lines, each with a value behind it or a list. Everything stays
 * the text that it is, so that a file, a flag and the environment mean the same: `no` is a name and no falsehood, and
 * `010` is ten. Anchors and tags, which could make much out of little, are not taken.
 */
export function readYamlTexts(file: string, text: string, table: readonly Setting[]): ReadTexts {
  return new YamlReader(file, text, table).read()
}

type Node = NonNullable<unknown>

class YamlReader {
  readonly #file: string
  readonly #text: string
  readonly #settings: ReadonlyMap<string, Setting>
  readonly #lines = new LineCounter()
  readonly #given = new Map<string, GivenTexts>()
  readonly #problems: SettingProblem[] = []

  constructor(file: string, text: string, table: readonly Setting[]) {
    this.#file = file
    this.#text = text
    this.#settings = new Map(table.map((setting) => [setting.name, setting]))
  }

  read(): ReadTexts {
    const options = { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, lineCounter: this.#lines } as const
    const { contents, errors } = parseDocument(this.#text, options)
    for (const { code, message, pos } of errors) this.#wrong(pos[0], ...misspelt(code, message))
    if (isMap(contents) && contents.flow !== true) this.#map(contents)
    else if (contents !== null) this.#wrong(offsetOf(contents), 'this is no list of settings', howToWrite)
    const problems = this.#problems.toSorted((one, other) => lineOf(one) - lineOf(other))
    return { given: this.#given, problems }
  }

  #map({ items }: YAMLMap): void {
    for (const pair of items) {
      // The rest is no better, and to look for what was meant takes a while.
      if (this.#problems.length > nodeLimitsDefaults.settingProblemsToldMax) return
      this.#pair(pair)
    }
  }

  #pair({ key, value }: Pair): void {
    if (!isScalar(key) || typeof key.value !== 'string') {
      return this.#wrong(offsetOf(key), 'this is not the name of a setting', howToWrite)
    }
    const place = this.#place(offsetOf(key))
    const setting = this.#settings.get(key.value)
    if (setting === undefined) return void this.#problems.push({ place, ...this.#unknown(key.value, value) })
    const { name } = setting
    if (setting.notIn?.includes('file') === true) {
      const hint = 'give it as a flag or in the environment'
      return void this.#problems.push({ place, what: `${name} cannot stand in a file`, hint })
    }
    const before = this.#given.get(name)?.origin
    if (before?.from === 'file') {
      const hint = `it stands in line ${before.line} already: take one of them out`
      return void this.#problems.push({ place, what: `${name} is given twice`, hint })
    }
    if (place.column !== 1) {
      return void this.#problems.push({ place, what: `${name} does not begin its line`, hint: howToWrite })
    }
    const entries = isSeq(value) && value.tag === undefined && value.anchor === undefined ? value.items : [value]
    if (isSeq(value) && setting.type !== 'list') {
      const hint = `give one value, as \`${name}: ${setting.example}\``
      return this.#wrong(offsetOf(value), `${name} is a list`, hint)
    }
    const texts = entries.map((entry) => this.#scalar(setting, key, entry, isSeq(value)))
    const found = texts.filter((each) => each !== undefined)
    if (found.length < texts.length) return
    const origin = { from: 'file', calledAs: name, file: this.#file, line: place.line } as const
    this.#given.set(name, {
      origin,
      texts: found.map(({ text }) => text),
      places: found.map(({ offset }) => this.#place(offset)),
    })
  }

  /** Undefined where it is none; then it was told. */
  #scalar(
    setting: Setting,
    key: Scalar,
    node: unknown,
    isInList: boolean,
  ): { readonly text: string; readonly offset: number } | undefined {
    const { name, example } = setting
    const usual = `write \`${name}: ${setting.type === 'list' ? `[${example}]` : example}\``
    const offset = offsetOf(node) ?? offsetOf(key)
    const wrong = (what: string, hint: string): undefined => this.#wrong(offset, what, hint)
    if (isAlias(node)) return wrong(`${name} is an alias`, `anchors and aliases are not taken: ${usual}`)
    if (!isScalar(node) || typeof node.value !== 'string') return wrong(`${name} is no single value`, usual)
    if (node.tag !== undefined || node.anchor !== undefined) {
      return wrong(`${name} has a tag or an anchor`, `these are not taken: ${usual}`)
    }
    if (node.type === 'PLAIN' && node.value === '') return wrong(`${name} has no value`, `${usual}, or take it out`)
    const [begin = 0, end = begin] = node.range ?? []
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
    const first = isInList ? begin : (key.range?.[0] ?? begin)
    if (isBlock || this.#text.slice(first, end).includes('\n')) {
      return wrong(`the value of ${name} goes over several lines`, usual)
    }
    return { text: node.value, offset: begin }
  }

  #unknown(name: string, value: unknown): Omit<SettingProblem, 'place'> {
    const what = `there is no setting ${shown(name)}`
    const below = isMap(value) ? value.items.map(({ key }) => (isScalar(key) ? `${name}-${String(key.value)}` : '')) : []
    const flat = below.find((each) => this.#settings.has(each))
    if (flat !== undefined) return { what, hint: `settings do not stand below each other: write \`${flat}: …\`` }
    const meant = nearest(name.slice(0, nodeLimitsDefaults.shownLengthMax), [...this.#settings.keys()])
    if (meant !== undefined) return { what, hint: `did you mean ${meant}?` }
    return { what, hint: 'see `flotilla config explain` for those that there are' }
  }

  #place(offset: number | undefined): FilePlace & { readonly line: number } {
    const { line, col } = this.#lines.linePos(offset ?? 0)
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) }
  }

  #wrong(offset: number | undefined, what: string, hint: string): undefined {
    if (this.#problems.length > nodeLimitsDefaults.settingProblemsToldMax) return
    this.#problems.push({ place: this.#place(offset), what, hint })
  }
}

const howToWrite = 'write each setting at the beginning of a line, as `port: 7400`'

/** In our words where the library's are for people who wrote a parser. */
function misspelt(code: string, message: string): readonly [what: string, hint: string] {
  switch (code) {
    case 'TAB_AS_INDENT':
      return ['there is a tab before the first word', 'write spaces there']
    case 'MULTIPLE_DOCS':
      return ['a second document begins here', 'write all settings into one']
    case 'MISSING_CHAR':
      return [`this is no YAML (${message})`, 'look for a quote or a bracket above that is not closed']
    default:
      return [`this is no YAML (${message})`, howToWrite]
  }
}

function offsetOf(node: unknown): number | undefined {
  const range = (node as Node | null)?.constructor === undefined ? undefined : (node as { range?: unknown }).range
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined
}

function lineOf({ place }: SettingProblem): number {
  return place?.line ?? 0
}
