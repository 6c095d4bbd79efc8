/**
 * What a word of a figure's name says of a thing whose own name may have dots in it, as `eth0.100`: a name is words
 * with dots between them, so those within a word are escaped.
 */
export function figureWord(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('.', '%2E')
}

/** The name of the thing again. */
export function thingOf(word: string): string {
  return word.replaceAll('%2E', '.').replaceAll('%25', '%')
}
