import { nearest } from '@flotilla/core/text'
import { FlotillaError } from '@flotilla/core/errors'
import { shown } from './setting-problem.ts'
import { settingsGroups, settingsOf } from './settings.ts'
import { fallbackOf, flagOf, mayBeOf, variableOf, type Setting } from './setting.ts'

/** Everything that there is to say of one setting. */
export interface ExplainedSetting {
  readonly name: string
  /** The heading that it stands under. */
  readonly group: string
  readonly description: string
  readonly type: Setting['type']
  readonly mayBe: string
  readonly default: string
  readonly flag: string
  readonly environment: string | null
  /** As a line of a file; `null` where it cannot stand in one. */
  readonly inFile: string | null
  readonly live: boolean
}

export function explainedSettings(): readonly ExplainedSetting[] {
  return settingsGroups('').flatMap(({ title, settings }) =>
    settings.map((setting) => ({
      name: setting.name,
      group: title,
      description: setting.description,
      type: setting.type,
      mayBe: setting.type === 'list' ? `any number of: ${mayBeOf(setting)}` : mayBeOf(setting),
      default: fallbackOf(setting),
      flag: flagOf(setting),
      environment: variableOf(setting) ?? null,
      inFile: setting.notIn?.includes('file') === true ? null : fileLine(setting, setting.example),
      live: setting.isLive === true,
    })),
  )
}

/** That one, by its name, flag or variable. */
export function explainedSetting(called: string): ExplainedSetting {
  const all = explainedSettings()
  const found = all.find(({ name, environment }) => called === name || called === `--${name}` || called === environment)
  if (found !== undefined) return found
  const meant = nearest(
    called.replace(/^--/, ''),
    all.map(({ name }) => name),
  )
  throw new FlotillaError('no-such-setting', `there is no setting ${shown(called)}`, {
    hint: meant === undefined ? 'see `flotilla config explain` for those that there are' : `did you mean ${meant}?`,
  })
}

/** A file with all of them, of which none says anything yet. */
export function exampleFile(): string {
  const groups = settingsGroups('').map(({ title, settings }) => {
    const entries = settings
      .filter(({ notIn = [] }) => !notIn.includes('file'))
      .map((setting) => [...wrapped(commentOf(setting)), `#${fileLine(setting, setting.example)}`, ''].join('\n'))
    return `# ${title}\n# ${'-'.repeat(title.length)}\n\n${entries.join('\n')}`
  })
  return `${intro}\n${groups.join('\n')}`
}

const intro = `# Settings of flotillad. It reads one file: that which --config or FLOTILLA_CONFIG names, or else
# ~/.config/flotilla/config.yaml, or else /etc/flotilla/config.yaml. Flags and the environment win over it.
#
# Each name begins its line, and its value stands behind it, or a list: in brackets, or one "- value" a line below it.
# Paths that do not begin with / count from the folder of this file. \`flotilla config check\` says what is wrong with
# it; SIGHUP or \`flotilla config reload\` has a node read it again. Take the # away from what you need.
`

const commentWidthMax = 110

function commentOf(setting: Setting): string {
  const about = setting.description
  const notes = [
    ...(setting.type === 'choice' || setting.type === 'whole' ? [mayBeOf(setting)] : []),
    `default: ${fallbackOf(setting)}`,
    ...(setting.isLive === true ? ['takes effect when the file is read again'] : []),
  ]
  return `${about} (${notes.join('; ')})`
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= commentWidthMax) lines.push(`# ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** Quotes it where YAML would take it for something else. */
function fileLine({ name, type }: Setting, value: string): string {
  const isPlain = /^[\w./][\w./:@+=-]*$/.test(value) && !value.endsWith(':')
  const text = isPlain ? value : `"${value.replaceAll(/[\\"]/g, String.raw`\$&`)}"`
  return type === 'list' ? `${name}: [${text}]` : `${name}: ${text}`
}

/** For the README and the reference. */
export function settingsMarkdown(): string {
  const head = ['flag', 'environment', 'default', 'live', 'what it is']
  const rows = settingsOf('').map((setting) => {
    const variable = variableOf(setting)
    return [
      `\`${flagOf(setting)}\``,
      variable === undefined ? '' : `\`${variable}\``,
      setting.type === 'switch' ? 'off' : fallbackOf(setting),
      setting.isLive === true ? 'yes' : '',
      setting.type === 'choice' ? `${setting.description}: ${mayBeOf(setting)}` : setting.description,
    ]
  })
  const all = [head, head.map(() => '-'), ...rows]
  return all.map((row) => `| ${row.join(' | ')} |`).join('\n')
}
