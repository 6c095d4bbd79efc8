import { FlotillaError } from '@flotilla/core/errors'

/** For a `check` that holds names against one form. */
export function checkForm(name: string, form: RegExp, manager: string): void {
  if (form.test(name)) return
  throw new FlotillaError('wrong-arguments', `${JSON.stringify(name)} is no name that ${manager} has for a package`)
}

/** Those of the names that are not among what was said, one a line. */
export function notAmong(names: readonly string[], said: readonly string[]): readonly string[] {
  const known = new Set(said)
  return names.filter((name) => !known.has(name))
}

export function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}
