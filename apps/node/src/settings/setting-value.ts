import { isAbsolute, resolve } from 'node:path'
import { unreachable } from '@flotilla/core/errors'
import { shown } from './setting-problem.ts'
import { mayBeOf, type Setting, type SettingValue } from './setting.ts'

/** The value, or what is wrong with the text: what it is, and what it may be. */
export type ReadValue =
  | { readonly value: SettingValue }
  | {
      readonly is: string
      readonly hint: string
      /** Which of the texts it is, from 0 on; undefined for all of them together. */
      readonly at?: number
    }

/** `texts` has exactly one, but for a list. A path that does not begin at the root counts from `folder`. */
export function valueOf(setting: Setting, texts: readonly string[], folder: string | undefined): ReadValue {
  if (setting.type === 'list') return listOf(setting, texts)
  const [text = ''] = texts
  const wrong: ReadValue = { is: `is ${shown(text)}`, hint: `it must be ${mayBeOf(setting)}`, at: 0 }
  switch (setting.type) {
    case 'text':
      return setting.form.test(text) ? { value: text } : wrong
    case 'path':
      if (text.includes('\0') || (text === '' && !setting.isOptional)) return wrong
      if (/^~(\/|$)/.test(text)) return { ...wrong, hint: 'write the whole path: ~ means a folder to shells alone' }
      return { value: folder === undefined || text === '' || isAbsolute(text) ? text : resolve(folder, text) }
    case 'choice':
      return setting.choices.includes(text) ? { value: text } : wrong
    case 'whole': {
      const value = Number(text)
      return /^\d{1,9}$/.test(text) && value >= setting.least && value <= setting.most ? { value } : wrong
    }
    case 'switch':
      if (/^(true|1)$/.test(text)) return { value: true }
      return /^(false|0)?$/.test(text) ? { value: false } : wrong
    default:
      return unreachable(setting, 'type of setting')
  }
}

function listOf(setting: Extract<Setting, { readonly type: 'list' }>, texts: readonly string[]): ReadValue {
  const { form, most, disagreement } = setting
  const all = texts.map(shown).slice(0, 4).join(', ')
  if (texts.length > most) return { is: `has ${texts.length} values`, hint: `give at most ${most}` }
  const at = texts.findIndex((text) => !form.test(text))
  if (at !== -1) return { is: `is ${shown(texts[at] ?? '')}`, hint: `it must be ${setting.mayBe}`, at }
  const disagree = disagreement?.(texts)
  return disagree === undefined ? { value: texts } : { is: `is ${all}`, hint: disagree }
}
