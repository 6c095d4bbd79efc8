import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramAnswer } from '../../execution/program-answer.ts'
import type { PackageAct, PackageState } from '../ports.ts'
import type { PackageDialect, PackageStep } from '../packages/dialect.ts'
import { checkForm } from '../packages/name-rule.ts'
import type { WindowsPlace } from './powershell.ts'

const nameForm = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/
const quiet = ['--disable-interactivity', '--accept-source-agreements'] as const
/** APPINSTALLER_CLI_ERROR_NO_APPLICATIONS_FOUND, as a signed and an unsigned number. */
const noneFound = [-1_978_335_212, 2_316_632_084]

/** Windows' own package manager. Its names are what it calls ids. */
export function winget(path: string, { environment }: WindowsPlace): PackageDialect {
  const ask = (...words: readonly string[]) => ({
    path,
    arguments: [...words, ...quiet],
    environment,
    fineCodes: noneFound,
  })
  const step = (words: readonly string[]): PackageStep => ({
    path,
    arguments: [...words, '--silent', ...quiet],
    environment,
    phase: 'apply',
  })
  return {
    name: 'winget',
    installed: { ask: ask('list'), read: (text) => statesIn(text, true) },
    newer: {
      ask: ask('upgrade'),
      read: (text) =>
        new Map(
          statesIn(text, true).flatMap((state) => (state.newerVersion ? [[state.name, state.newerVersion]] : [])),
        ),
    },
    search: {
      ask: (words) => ask('search', '--query', words.join(' ')),
      read: (text) => statesIn(text, false),
    },
    check: (name) => checkForm(name, nameForm, 'winget'),
    // It takes one at a time.
    steps: (names, act) =>
      names.length === 0 ? [step(['upgrade', '--all'])] : names.map((name) => step(actWords(name, act))),
    failure,
  }
}

function actWords(name: string, act: PackageAct): readonly string[] {
  const word = { install: 'install', remove: 'uninstall', update: 'upgrade' }[act]
  const agreed = act === 'remove' ? [] : ['--accept-package-agreements']
  return [word, '--id', name, '--exact', ...agreed]
}

function failure({ exitCode, stdout }: ProgramAnswer): FlotillaError | undefined {
  if (noneFound.includes(exitCode)) return new FlotillaError('not-found', 'there is no such package')
  return stdout.trim() === '' ? undefined : new FlotillaError('failed', lastLines(stdout))
}

function lastLines(text: string): string {
  return text.trim().split(/\r?\n/).slice(-3).join(' ').slice(-1_000)
}

/**
 * A table for people: a line of headings in the language of the system, a line of dashes, and columns that begin where
 * the headings do. The second is the id, the third the version; of five, the fourth is the newer version. An id that
 * was cut, which ends with `…`, is no name and is left out.
 */
function statesIn(text: string, isInstalled: boolean): readonly PackageState[] {
  // Before a line is overwritten with the next, it shows that it works.
  const lines = text.split('\n').map((line) => line.replace(/\r$/, '').split('\r').at(-1) ?? '')
  const dashes = lines.findIndex((line) => /^-{10,}\s*$/.test(line))
  if (dashes < 1) return []
  const starts = [...(lines[dashes - 1] ?? '').matchAll(/\S+/g)].map((match) => match.index)
  return lines.slice(dashes + 1).flatMap((line): PackageState[] => {
    const cells = starts.map((start, index) => cellOf(line, start, starts[index + 1]))
    const [, name = '', version = '', newer = ''] = cells
    if (!nameForm.test(name) || version === '') return []
    const hasNewer = isInstalled && starts.length >= 5 && newer !== ''
    return [{ name, version, isInstalled, ...(hasNewer ? { newerVersion: newer } : {}) }]
  })
}

/** Wide characters take two places of the table. */
function cellOf(line: string, start: number, end: number = Infinity): string {
  let place = 0
  let cell = ''
  for (const character of line) {
    if (place >= start && place < end) cell += character
    place += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1
  }
  return cell.trim()
}
