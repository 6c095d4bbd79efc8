/** One place where the tree breaks a rule, and a sentence that says what to do about it. */
export interface Finding {
  /** Relative to the root of the tree, with `/`. */
  readonly file: string
  /** The first line is 1. */
  readonly line: number
  readonly sentence: string
}

/** The findings as people read them, by file and line. */
export function described(findings: readonly Finding[]): readonly string[] {
  return findings
    .toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
    .map(({ file, line, sentence }) => `${file}:${line} ${sentence}`)
}
