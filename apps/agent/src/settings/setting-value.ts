import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { AgentSettings, Setting } from './settings.ts'

type Value = AgentSettings[keyof AgentSettings]

/** How much of a wrong value an error repeats. */
const shownLengthMax = 64

/** `where` begins the sentence about a wrong value: `--device`, or `/etc/flotilla-agent.conf:3: device`. */
export interface GivenText {
  readonly text: string
  readonly where: string
}

/** The value of a setting; lists take all texts, the others the last one, or the fallback. */
export function valueOf(setting: Setting, given: readonly GivenText[]): Value {
  if (setting.type === 'list') return listOf(setting, given)
  const { text, where } = given.at(-1) ?? { text: setting.fallback, where: setting.name }
  const refuse = (mayBe: string): FlotillaError => wrong(`${where} is ${shown(text)}`, `it must be ${mayBe}`)
  switch (setting.type) {
    case 'text':
      if (!setting.form.test(text)) throw refuse(setting.mayBe)
      return text
    case 'choice':
      if (!setting.choices.includes(text)) throw refuse(`one of ${setting.choices.join(', ')}`)
      return text
    case 'whole': {
      const value = Number(text)
      if (/^\d{1,9}$/.test(text) && value >= setting.least && value <= setting.most) return value
      throw refuse(`a whole number from ${setting.least} to ${setting.most}`)
    }
    case 'switch':
      if (text === 'true' || text === 'false') return text === 'true'
      throw refuse('true or false')
    default:
      return unreachable(setting, 'type of setting')
  }
}

function listOf(
  { name, form, mayBe, most }: Extract<Setting, { readonly type: 'list' }>,
  given: readonly GivenText[],
): readonly string[] {
  const beyond = given[most]
  if (beyond !== undefined) throw wrong(`${beyond.where} is one too many`, `give ${name} at most ${most} times`)
  const odd = given.find(({ text }) => !form.test(text))
  if (odd !== undefined) throw wrong(`${odd.where} is ${shown(odd.text)}`, `it must be ${mayBe}`)
  return given.map(({ text }) => text)
}

export function wrong(what: string, hint: string): FlotillaError<'wrong-setting'> {
  return new FlotillaError('wrong-setting', what, { hint })
}

export function shown(text: string): string {
  return JSON.stringify(text.slice(0, shownLengthMax))
}
