import { nearest, readFlatYaml, type FlatYamlEntry } from '@flotilla/core/text'
import type { ReadTexts } from './flags.ts'
import type { GivenTexts } from './given-texts.ts'
import { shown, type FilePlace, type SettingProblem } from './setting-problem.ts'
import type { Setting } from './setting.ts'

/** What a file says. Everything stays the text that it is, so that file, flags and environment mean the same. */
export function readFileTexts(file: string, text: string, table: readonly Setting[]): ReadTexts {
  const { entries, problems: malformed } = readFlatYaml(text)
  const given = new Map<string, GivenTexts>()
  const problems: (SettingProblem & { readonly place: FilePlace })[] = malformed.map(({ what, hint, ...place }) => {
    return { place: { file, ...place }, what, hint }
  })
  const settings = new Map(table.map((setting) => [setting.name, setting]))
  for (const entry of entries) {
    const { key, line, values } = entry
    const setting = settings.get(key)
    const wrong =
      setting === undefined
        ? { what: `there is no setting ${shown(key)}`, hint: meantBy(key, settings) }
        : problemOf(setting, entry, given.get(key))
    if (wrong !== undefined) {
      problems.push({ place: { file, line, column: 1 }, ...wrong })
      continue
    }
    given.set(key, {
      origin: { from: 'file', calledAs: key, file, line },
      texts: values.map((value) => value.text),
      places: values.map((value) => ({ file, line: value.line, column: value.column })),
    })
  }
  return { given, problems: problems.toSorted((one, other) => (one.place.line ?? 0) - (other.place.line ?? 0)) }
}

function problemOf(
  { name, type, notIn = [], example }: Setting,
  { isList }: FlatYamlEntry,
  before: GivenTexts | undefined,
): Omit<SettingProblem, 'place'> | undefined {
  if (notIn.includes('file')) {
    return { what: `${name} cannot stand in a file`, hint: `give it as a flag, --${name}` }
  }
  if (before?.origin.from === 'file') {
    const hint = `it stands in line ${before.origin.line} already: take one of them out`
    return { what: `${name} is given twice`, hint }
  }
  if (!isList || type === 'list') return undefined
  return { what: `${name} is a list`, hint: `give one value, as \`${name}: ${example}\`` }
}

function meantBy(key: string, settings: ReadonlyMap<string, Setting>): string {
  const meant = nearest(key, [...settings.keys()])
  return meant === undefined ? 'see `flotilla config explain` for those that there are' : `did you mean ${meant}?`
}
