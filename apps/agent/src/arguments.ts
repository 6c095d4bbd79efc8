import type { AgentSettings } from './settings/settings.ts'
import { settingNamed, type GivenSettings } from './settings/settings-text.ts'
import { shown, valueOf, wrong, type GivenText } from './settings/setting-value.ts'

type Action = 'run' | 'help' | 'version' | 'diagnose' | 'self-check' | 'install' | 'uninstall'

export interface Invocation {
  readonly action: Action
  /** Read if it is there; one that was named has to be. */
  readonly configFile: string
  readonly isConfigNamed: boolean
  readonly flags: GivenSettings
  /** Only say what would be done. */
  readonly isDryRun: boolean
}

const words: Readonly<Record<string, Action>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '--diagnose': 'diagnose',
  '--self-check': 'self-check',
  install: 'install',
  uninstall: 'uninstall',
}

export const defaultConfigFile: string =
  process.platform === 'win32' ? 'C:\\ProgramData\\flotilla-agent\\agent.conf' : '/etc/flotilla-agent.conf'

/** Every setting is a flag too: `--device PATH` or `--device=PATH`; switches need no value. */
export function readArguments(argv: readonly string[]): Invocation {
  const flags = new Map<keyof AgentSettings, GivenText[]>()
  let action: Action = 'run'
  let configFile: string | undefined
  let isDryRun = false
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    const asked = words[word]
    if (asked !== undefined) {
      if (action !== 'run') throw wrong(`${word} comes after another thing to do`, 'ask for one thing at a time')
      action = asked
      continue
    }
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === 'dry-run') {
      isDryRun = true
      continue
    }
    if (name === 'debug') {
      flags.set('log-level', [{ text: 'debug', where: '--debug' }])
      continue
    }
    const needed = (): string => {
      const value = inline ?? argv[++index]
      if (value === undefined) throw wrong(`--${name} has no value`, `write --${name} VALUE`)
      return value
    }
    if (name === 'config') {
      configFile = needed()
      continue
    }
    const setting = settingNamed(name, `there is no option ${shown(word)}`)
    const before = flags.get(setting.name) ?? []
    const text = setting.type === 'switch' ? (inline ?? 'true') : needed()
    const given = [...before, { text, where: `--${name}` }]
    if (before.length > 0 && setting.type !== 'list') throw wrong(`--${name} is given twice`, 'give it once')
    valueOf(setting, given)
    flags.set(setting.name, given)
  }
  return {
    action,
    configFile: configFile ?? defaultConfigFile,
    isConfigNamed: configFile !== undefined,
    flags,
    isDryRun,
  }
}
