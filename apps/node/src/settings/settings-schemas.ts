import { either, flag, list, named, nullable, object, oneOf, text, whole } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'
import type { ProblemAnswer, ReloadAnswer, SettingEntry, SettingsAnswer } from './settings-answers.ts'

const from = ['flag', 'environment', 'file', 'default'] as const

const entry: Schema<SettingEntry> = object({
  name: text(),
  value: either([text(), whole(), flag(), list(text())]),
  shown: text({ description: 'for people' }),
  origin: oneOf(from),
  calledAs: nullable(text(), { description: 'as it was called there, with file and line' }),
  live: flag({ description: 'whether it can change while the node runs' }),
})

const problem: Schema<ProblemAnswer> = object({
  file: nullable(text()),
  line: nullable(whole()),
  column: nullable(whole()),
  what: text(),
  hint: text(),
})

export const reloadSchema: Schema<ReloadAnswer> = named(
  'Reload',
  object({
    file: nullable(text(), { description: 'the file that was read' }),
    problems: list(problem, { description: 'what is wrong; then nothing changes' }),
    changed: list(text(), { description: 'those that take effect at once' }),
    waiting: list(text(), { description: 'those that hold from the next start' }),
  }),
)

export const settingsSchema: Schema<SettingsAnswer> = named(
  'Settings',
  object({
    file: nullable(text(), { description: 'the file that was read' }),
    settings: list(entry),
    onDisk: reloadSchema,
    warnings: list(text()),
  }),
)
