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
      const texts = setting.type === 'list' ? text.split(',') : [text]
      return [[setting.name, { origin: { from: 'environment', calledAs: variable }, texts }]]
    }),
  )
}
