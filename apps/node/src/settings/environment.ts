import { nearest } from '@flotilla/core/text'
import type { GivenTexts } from './given-texts.ts'
import { variableOf, type Setting } from './setting.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** An empty variable counts as none, as is usual. */
export function readEnvironment(environment: Environment, table: readonly Setting[]): ReadonlyMap<string, GivenTexts> {
  return new Map(
    table.flatMap((setting): [string, GivenTexts][] => {
      const variable = variableOf(setting)
      const text = variable === undefined ? undefined : environment[variable]
      if (variable === undefined || text === undefined || text === '') return []
      const texts = setting.type === 'list' ? text.split(',').map((each) => each.trim()) : [text]
      return [[setting.name, { origin: { from: 'environment', calledAs: variable }, texts }]]
    }),
  )
}

/** Of variables that are nearly one of ours: whoever set them believes that they count. */
export function misspeltVariables(environment: Environment, table: readonly Setting[]): readonly string[] {
  const known = new Map(table.map((setting) => [setting.name, variableOf(setting)]))
  return Object.keys(environment).flatMap((variable) => {
    const [, word] = /^FLOTILLA_([A-Z0-9_]{1,64})$/.exec(variable) ?? []
    const name = word?.toLowerCase().replaceAll('_', '-')
    if (name === undefined || known.has(name)) return []
    const meant = known.get(nearest(name, [...known.keys()]) ?? '')
    return meant === undefined ? [] : [`${variable} means nothing to a node, ${meant} does`]
  })
}
