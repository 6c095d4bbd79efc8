import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramAnswer } from '../../execution/program-answer.ts'
import type { PackageState } from '../ports.ts'
import type { PackageDialect } from '../packages/dialect.ts'
import { checkForm, linesOf, notAmong } from '../packages/name-rule.ts'
import type { WindowsPlace } from './powershell.ts'

/** `all` is a word of its own: to remove that is to remove everything. */
const nameForm = /^(?!all$)[A-Za-z0-9][A-Za-z0-9._-]*$/i
/** With its optional exit codes it says so when there is nothing, or when there are updates. */
const fineCodes = [2]

/** Chocolatey, version 2. */
export function choco(path: string, { environment }: WindowsPlace): PackageDialect {
  const ask = (...words: readonly string[]) => ({
    path,
    arguments: [...words, '--limit-output', '--no-color'],
    environment,
    fineCodes,
  })
  return {
    name: 'choco',
    installed: { ask: ask('list'), read: (text) => statesIn(text, true) },
    newer: { ask: ask('outdated'), read: newerIn },
    search: {
      ask: (words) => ask('search', words.join(' ')),
      read: (text) => statesIn(text, false),
    },
    check: (name) => checkForm(name, nameForm, 'choco'),
    lookUp: (names, act) =>
      act === 'install'
        ? undefined
        : {
            ask: ask('list'),
            missing: (text) => {
              const known = statesIn(text, true).map(({ name }) => name.toLowerCase())
              return notAmong(
                names.map((name) => name.toLowerCase()),
                known,
              )
            },
          },
    steps: (names, act) => {
      const word = { install: 'install', remove: 'uninstall', update: 'upgrade' }[act]
      const given = names.length === 0 ? ['all'] : names
      const words = [word, ...given, '--yes', '--no-progress', '--no-color', '--limit-output']
      return [{ path, arguments: words, environment, phase: 'apply' }]
    },
    failure,
  }
}

/** `7zip|23.1.0`. */
function statesIn(text: string, isInstalled: boolean): readonly PackageState[] {
  return linesOf(text).flatMap((line): PackageState[] => {
    const [, name, version] = /^([^|\s]+)\|([^|\s]+)/.exec(line) ?? []
    return name === undefined || version === undefined ? [] : [{ name, version, isInstalled }]
  })
}

/** `7zip|23.1.0|24.8.0|false`. */
function newerIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    linesOf(text).flatMap((line) => {
      const [name = '', , version = ''] = line.split('|')
      return version === '' ? [] : [[name, version] as const]
    }),
  )
}

function failure({ stdout, stderr }: ProgramAnswer): FlotillaError | undefined {
  const text = `${stdout}\n${stderr}`
  const missing = /^(\S+) not installed\. The package was not found/m.exec(text)?.[1]
  if (missing !== undefined) return new FlotillaError('not-found', `there is no package ${missing}`)
  if (/not running from an elevated/i.test(text)) {
    return new FlotillaError('not-permitted', 'the agent is no administrator, so choco may not do that')
  }
  return undefined
}
