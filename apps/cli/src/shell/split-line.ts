import { FlotillaError } from '@flotilla/core/errors'

export interface SplitLine {
  readonly words: readonly string[]
  /** The quote that was not closed, as while a line is being written. */
  readonly open: '"' | "'" | undefined
  /** Whether the last word may go on; not so after a blank. */
  readonly endsInWord: boolean
}

/**
 * Words as a shell takes them: blanks part them, quotes and backslashes keep what they stand before. Nothing is
 * replaced, and there are no pipes.
 */
export function splitLine(line: string): SplitLine {
  const words: string[] = []
  let word: string | undefined
  let open: SplitLine['open']
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    if (open === "'" || (open === '"' && character !== '\\')) {
      if (character === open) open = undefined
      else word += character
    } else if (character === '\\') {
      at += 1
      word = (word ?? '') + (line[at] ?? '')
    } else if (character === '"' || character === "'") {
      open = character
      word ??= ''
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = (word ?? '') + character
    }
  }
  const endsInWord = word !== undefined
  if (word !== undefined) words.push(word)
  return { words, open, endsInWord }
}

/** What a whole line says. */
export function wordsOf(line: string): readonly string[] {
  const { words, open } = splitLine(line)
  if (open === undefined) return words
  throw new FlotillaError('wrong-usage', `a quote ${open} is not closed`, { hint: `write another ${open}` })
}

/** A word as it has to be written to be one. */
export function quotedWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
