/** How a file is opened, by the words of `fopen(3)`. */
export interface FileMode {
  readonly reads: boolean
  readonly writes: boolean
  readonly creates: boolean
  readonly truncates: boolean
  readonly appends: boolean
}

/** Undefined for what is no such word. `b` means nothing outside of Windows. */
export function parseFileMode(word: string): FileMode | undefined {
  const found = /^([rwa])(?:b?(\+)?|\+b)$/.exec(word)
  if (found === null) return undefined
  const both = word.includes('+')
  const letter = found[1]
  return {
    reads: both || letter === 'r',
    writes: both || letter !== 'r',
    creates: letter !== 'r',
    truncates: letter === 'w',
    appends: letter === 'a',
  }
}
