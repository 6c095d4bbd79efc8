/** A name at the beginning of a line, and what stands behind it. */
export interface FlatYamlEntry {
  readonly key: string
  /** From 1 on. */
  readonly line: number
  readonly isList: boolean
  /** Of a list any number, else one. */
  readonly values: readonly FlatYamlValue[]
}

export interface FlatYamlValue {
  /** Always a text: `no`, `010` and `null` too. */
  readonly text: string
  readonly line: number
  readonly column: number
}

export interface FlatYamlProblem {
  readonly line: number
  readonly column: number
  readonly what: string
  /** What to do about it. */
  readonly hint: string
}

export interface FlatYaml {
  readonly entries: readonly FlatYamlEntry[]
  /** Everything that is wrong; then entries are missing. */
  readonly problems: readonly FlatYamlProblem[]
}

/**
 * Reads the part of YAML that settings need: names at the beginning of their lines, each with one value behind it, or
 * with a list of values, and comments. Whatever is read here means the same in any YAML, as long as its values are
 * taken for texts; the rest of YAML is refused, with line and column. Takes time as the text is long.
 */
export function readFlatYaml(text: string): FlatYaml {
  return new FlatReader(text).read()
}

const controls = /(?!\t)\p{Cc}|[\p{Cs}\uFEFF\uFFFE\uFFFF]/u
const howToWrite = 'write each name at the beginning of a line, and its value behind it, as `port: 7400`'
const usual = 'write it as one value, as `name: "value"`'

class FlatReader {
  readonly #lines: readonly string[]
  readonly #entries: FlatYamlEntry[] = []
  readonly #problems: FlatYamlProblem[] = []
  /** The line that is read, from 0 on. */
  #at = 0
  /** Whether a line was read that is not empty. */
  #hasBegun = false

  constructor(text: string) {
    const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
    // What YAML forbids everywhere, and a lone return, which would be the end of a line to it.
    for (const [at, line] of lines.entries()) {
      if (controls.test(line)) this.#wrongAt(at, line.search(controls), 'there is a control character', 'take it out')
    }
    this.#lines = lines.map((line) => (controls.test(line) ? '' : line))
  }

  read(): FlatYaml {
    while (this.#at < this.#lines.length) this.#top()
    return { entries: this.#entries, problems: this.#problems }
  }

  get #line(): string {
    return this.#lines[this.#at] ?? ''
  }

  /** A line that belongs to nothing before it. */
  #top(): void {
    const line = this.#line
    // The mark that a document begins is of no use where there is one alone, but some write it.
    const isMark = !this.#hasBegun && /^---([ \t]+#.*|[ \t]*)$/s.test(line)
    this.#hasBegun ||= !isEmpty(line)
    if (!isEmpty(line) && !isMark) return this.#entry(line)
    this.#at++
  }

  #entry(line: string): void {
    const [whole, key = ''] = /^([A-Za-z_][\w.-]{0,127})[ \t]*:(?=[ \t]|$)[ \t]*/.exec(line) ?? []
    if (whole === undefined) {
      this.#wrong(/[^ \t]/.exec(line)?.index ?? 0, ...oddity(line))
      this.#at++
      return
    }
    const begin = this.#at
    const problems = this.#problems.length
    const rest = line.slice(whole.length)
    this.#at++
    if (isEmpty(rest)) return this.#block(key, begin)
    const values = rest.startsWith('[')
      ? this.#flow(begin, whole.length)
      : [this.#scalar(begin, whole.length, line.length)].flatMap((value) => value ?? [])
    this.#below(key, problems)
    if (this.#problems.length > problems) return
    this.#entries.push({ key, line: begin + 1, isList: rest.startsWith('['), values })
  }

  /** What stands in the lines behind a name alone: a list, or else there is no value. */
  #block(key: string, begin: number): void {
    const problems = this.#problems.length
    const values: FlatYamlValue[] = []
    let indent: string | undefined
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#line
      if (isEmpty(line)) continue
      const [whole, before = ''] = /^( *)-(?=[ \t]|$)[ \t]*/.exec(line) ?? []
      if (whole === undefined) break
      indent ??= before
      if (before !== indent) this.#wrong(before.length, 'this does not stand under what is before it', howToWrite)
      const value = this.#scalar(this.#at, whole.length, line.length)
      if (value !== undefined) values.push(value)
    }
    this.#below(key, problems)
    if (this.#problems.length > problems) return
    if (indent === undefined) {
      const hint = 'write one behind it, or take the line out'
      this.#problems.push({ line: begin + 1, column: 1, what: `${key} has no value`, hint })
    } else {
      this.#entries.push({ key, line: begin + 1, isList: true, values })
    }
  }

  /** Lines that do not begin at their beginning belong to what is before them, and there nothing may follow. */
  #below(key: string, problemsBefore: number): void {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#line
      if (isEmpty(line)) continue
      if (!/^([ \t]|-([ \t]|$))/.test(line)) return
      const column = /[^ \t]/.exec(line)?.index ?? 0
      const [, name] = /^[ \t]+([A-Za-z_][\w.-]*)[ \t]*:([ \t]|$)/.exec(line) ?? []
      if (name !== undefined) {
        const hint = `names do not stand below each other: write \`${key}-${name}: …\` at the beginning of a line`
        this.#wrong(column, `${name} stands below ${key}`, hint)
      } else if (/^ *\t/.test(line)) {
        this.#wrong(column, 'there is a tab before the first word', 'write spaces there')
      } else if (this.#problems.length === problemsBefore) {
        this.#wrong(column, `the value of ${key} goes over several lines`, usual)
      }
    }
  }

  /** From the `[` to the `]` of the same line. */
  #flow(at: number, begin: number): readonly FlatYamlValue[] {
    const line = this.#lines[at] ?? ''
    const values: FlatYamlValue[] = []
    const skip = (from: number): number => from + (/^[ \t]*/.exec(line.slice(from))?.[0].length ?? 0)
    let column = skip(begin + 1)
    while (line[column] !== ']') {
      const end = endInFlow(line, column)
      const value = this.#scalar(at, column, end, true)
      if (value === undefined) return values
      values.push(value)
      column = skip(end)
      if (line[column] === ',') column = skip(column + 1)
      else if (line[column] !== ']') {
        this.#wrongAt(at, begin, 'the list does not end in its line', 'write `]` at its end, or one value a line')
        return values
      }
    }
    if (!/^[ \t]*([ \t]#.*)?$/s.test(line.slice(column + 1))) {
      const hint = 'what begins with a bracket stands in quotes, as "[2001:db8::1]:7440"'
      this.#wrongAt(at, column + 1, 'something stands behind the list', hint)
    }
    return values
  }

  /** What stands there, up to a comment or `end`. Undefined where it cannot be taken; then it was told. */
  #scalar(at: number, begin: number, end: number, isInFlow: boolean = false): FlatYamlValue | undefined {
    const line = this.#lines[at] ?? ''
    const all = withoutEnd(line.slice(begin, end))
    const source = isInFlow ? all : withoutComment(all)
    const wrong = (what: string, hint: string): undefined => this.#wrongAt(at, begin, what, hint)
    if (source === '') return wrong('a value is missing here', 'write one, or take what is around it out')
    const place = { line: at + 1, column: begin + 1 }
    const quote = source[0]
    if (quote === '"' || quote === "'") {
      const text = quote === '"' ? doubleQuoted(source) : singleQuoted(source)
      if (typeof text === 'string') return { text, ...place }
      return wrong(text.what, 'close the quotes where they end, and write \\" and \\\\ in double ones for " and \\')
    }
    if (/^[&*!]/.test(source)) return wrong('anchors, aliases and tags are not read', 'put the value in quotes')
    if (/^[|>]/.test(source)) return wrong('a value that goes over several lines is not read', usual)
    if (/^[{[]/.test(source)) return wrong('a value in brackets is not read here', 'put it in quotes')
    if (/^[,\]}%@`]|^[-?:]([ \t]|$)/.test(source)) {
      return wrong(`a value cannot begin with ${JSON.stringify(quote)}`, 'put it in quotes')
    }
    if (/:([ \t]|$)/.test(source)) return wrong('there is a colon in the value', 'put the value in quotes')
    if (isInFlow && /[[\]{}]|^[-?:]|(^|[ \t])#/.test(source)) {
      return wrong('this can be misread in a list', 'put it in quotes')
    }
    return { text: source, ...place }
  }

  #wrong(column: number, what: string, hint: string): void {
    this.#wrongAt(this.#at, column, what, hint)
  }

  #wrongAt(at: number, column: number, what: string, hint: string): undefined {
    this.#problems.push({ line: at + 1, column: column + 1, what, hint })
  }
}

/** Nothing at all, or a comment. A tab before it is taken by some YAML, and not by other. */
function isEmpty(line: string): boolean {
  return /^ *(#.*)?$/s.test(line)
}

/** Why a line is no name with a value. */
function oddity(line: string): readonly [what: string, hint: string] {
  if (/^ *\t/.test(line)) return ['there is a tab before the first word', 'write spaces there']
  if (line.startsWith(' ')) return ['this does not begin its line', howToWrite]
  if (/^(---|\.\.\.)([ \t]|$)/.test(line)) return ['a second document begins here', 'write everything into one']
  if (line.startsWith('%')) return ['directives are not read', 'take it out']
  if (/^["']/.test(line)) return ['this name stands in quotes', 'write names without quotes']
  const [, name, value] = /^([A-Za-z_][\w.-]*)[ \t]*[:=][ \t]*([^:]*)$/.exec(line) ?? []
  if (name !== undefined) return ['there is no colon with a space behind it', `write \`${name}: ${value ?? ''}\``]
  return ['this is no name with a value', howToWrite]
}

/** A `#` behind a space begins a comment, but for within quotes. */
function withoutComment(source: string): string {
  const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/s.exec(source)?.[0] ?? ''
  const rest = source.slice(quoted.length)
  const at = rest.search(quoted === '' ? /(^|[ \t])#/ : /[ \t]#/)
  return at === -1 ? source : withoutEnd(quoted + rest.slice(0, at))
}

/** Without spaces at its end; a regular expression for that takes the square of their number. */
function withoutEnd(text: string): string {
  let length = text.length
  while (text[length - 1] === ' ' || text[length - 1] === '\t') length--
  return text.slice(0, length)
}

/** Where a value in a list ends: at a comma or the closing bracket, but for within quotes. */
function endInFlow(line: string, begin: number): number {
  const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/s.exec(line.slice(begin))?.[0] ?? ''
  const length = line.slice(begin + quoted.length).search(/[,\]]/)
  return length === -1 ? line.length : begin + quoted.length + length
}

function doubleQuoted(source: string): string | { readonly what: string } {
  const [, inner] = /^"((?:[^"\\]|\\.)*)"$/s.exec(source) ?? []
  if (inner === undefined) return { what: 'the quotes do not close at the end of the value' }
  if (/\\[^\\"/]/.test(inner.replaceAll('\\\\', ''))) return { what: 'there is a backslash that is not read' }
  return inner.replaceAll(/\\(.)/gs, '$1')
}

function singleQuoted(source: string): string | { readonly what: string } {
  const [, inner] = /^'((?:[^']|'')*)'$/.exec(source) ?? []
  return inner?.replaceAll("''", "'") ?? { what: 'the quotes do not close at the end of the value' }
}
