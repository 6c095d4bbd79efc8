import { homedir, hostname } from 'node:os'
import { FlotillaError } from '@flotilla/core/errors'
import { safeJson } from '@flotilla/core/text'
import type { Environment } from './environment.ts'
import { SettingsError } from './setting-problem.ts'
import { exampleFile, explainedSetting, explainedSettings } from './settings-explanation.ts'
import { usualFiles } from './settings-file.ts'
import { readSettings, type SettingsSources } from './settings-reader.ts'
import { problemAnswer, settingEntries } from './settings-report.ts'

/**
 * `flotillad config show|check|explain|example`, which starts no node: it says what one would do that is started with
 * these flags, here and now. It prints one JSON document, because it is `flotilla config` that people ask.
 */
export async function runConfigProgram(words: readonly string[], environment: Environment): Promise<number> {
  const [what = '', ...rest] = words
  try {
    const { document, isWrong = false } = await answer(what, {
      argv: rest,
      environment,
      hostName: hostname(),
      homeFolder: homedir(),
    })
    console.log(safeJson(document, 2))
    return isWrong ? 1 : 0
  } catch (error) {
    if (!isRefusal(error)) throw error
    console.log(safeJson({ error: refusalOf(error) }, 2))
    return 1
  }
}

function isRefusal(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError
}

function refusalOf({ code, message, hint = '' }: FlotillaError): object {
  return { code, message, hint }
}

interface Answer {
  readonly document: object
  readonly isWrong?: boolean
}

async function answer(what: string, sources: SettingsSources): Promise<Answer> {
  const { argv } = sources
  switch (what) {
    case 'show':
    case 'check':
      return checked(sources)
    case 'explain':
      return { document: { settings: argv.length === 0 ? explainedSettings() : argv.map(explainedSetting) } }
    case 'example':
      return { document: { text: exampleFile() } }
    default:
      throw new FlotillaError('wrong-usage', 'this is nothing that can be asked of the settings', {
        hint: 'there are show, check, explain and example',
      })
  }
}

async function checked(sources: SettingsSources): Promise<Answer> {
  const lookedFor = usualFiles(sources)
  try {
    const read = await readSettings(sources)
    const { file = null, warnings } = read
    return { document: { file, lookedFor, settings: settingEntries(read), problems: [], warnings } }
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    const problems = error.problems.map(problemAnswer)
    const file = problems.find((problem) => problem.file !== null)?.file ?? null
    return { document: { file, lookedFor, settings: [], problems, warnings: [] }, isWrong: true }
  }
}
