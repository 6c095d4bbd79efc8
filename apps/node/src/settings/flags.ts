import { nearest } from '@flotilla/core/text'
import type { GivenTexts } from './given-texts.ts'
import { shown, type SettingProblem } from './setting-problem.ts'
import type { Setting } from './setting.ts'

export interface ReadTexts {
  readonly given: ReadonlyMap<string, GivenTexts>
  readonly problems: readonly SettingProblem[]
}

/** Every wrong word is told, not the first alone. */
export function readFlags(argv: readonly string[], table: readonly Setting[]): ReadTexts {
  const given = new Map<string, GivenTexts>()
  const problems: SettingProblem[] = []
  let isAfterUnknown = false
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
    const setting = table.find((candidate) => candidate.name === name)
    if (setting === undefined) {
      // What follows an unknown flag is most likely its value.
      if (word.startsWith('-') || !isAfterUnknown) problems.push(unknownFlag(word, table))
      isAfterUnknown = true
      continue
    }
    isAfterUnknown = false
    const before = given.get(name)?.texts ?? []
    if (before.length > 0 && setting.type !== 'list') {
      problems.push({ what: `--${name} is given twice`, hint: 'give it once' })
    }
    const value = inline ?? (setting.type === 'switch' ? 'true' : argv[++index])
    if (value === undefined) {
      problems.push({ what: `--${name} has no value`, hint: `write --${name} ${setting.placeholder}` })
      continue
    }
    const texts = setting.type === 'list' ? [...before, value] : [value]
    given.set(name, { origin: { from: 'flag', calledAs: `--${name}` }, texts })
  }
  return { given, problems }
}

function unknownFlag(word: string, table: readonly Setting[]): SettingProblem {
  const meant = nearest(
    word.split('=', 1)[0] ?? '',
    table.map(({ name }) => `--${name}`),
  )
  const hint = meant === undefined ? 'see --help for those that there are' : `did you mean ${meant}?`
  return { what: `there is no setting ${shown(word)}`, hint }
}
