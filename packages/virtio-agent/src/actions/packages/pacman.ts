import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramAnswer } from '../../execution/program-answer.ts'
import type { PackageAct, PackageState } from '../ports.ts'
import type { PackageDialect, PackageStep } from './dialect.ts'
import { checkForm, linesOf, notAmong } from './name-rule.ts'

const nameForm = /^[A-Za-z0-9@_+][A-Za-z0-9@._+-]*$/

/** Of Arch. */
export const pacman: PackageDialect = {
  name: 'pacman',
  installed: { ask: { path: 'pacman', arguments: ['-Q'] }, read: installedByPacman },
  newer: { ask: { path: 'pacman', arguments: ['-Qu'], fineCodes: [1] }, read: newerByPacman },
  search: {
    // It reads words as patterns, and finds nothing with 1.
    ask: (words) => ({
      path: 'pacman',
      arguments: ['-Ss', '--', ...words.map((word) => word.replace(/[.+]/g, '\\$&'))],
      fineCodes: [1],
    }),
    read: foundByPacman,
  },
  check: (name) => checkForm(name, nameForm, 'pacman'),
  lookUp: (names, act) =>
    act === 'install'
      ? undefined
      : {
          ask: { path: 'pacman', arguments: ['-Qq', '--', ...names], fineCodes: [1] },
          missing: (text) => notAmong(names, linesOf(text)),
        },
  steps,
  failure,
}

function steps(names: readonly string[], act: PackageAct): readonly PackageStep[] {
  const call = (phase: PackageStep['phase'], flags: string): PackageStep => ({
    path: 'pacman',
    arguments: [flags, '--noconfirm', '--noprogressbar', ...(names.length === 0 ? [] : ['--', ...names])],
    phase,
  })
  if (act === 'remove') return [call('apply', '-R')]
  // A new index with some of the packages of an old one is what that system does not support.
  if (names.length === 0) return [call('fetch', '-Syuw'), call('apply', '-Su')]
  return [call('fetch', '-Sw'), call('apply', '-S')]
}

function failure({ stdout, stderr }: ProgramAnswer): FlotillaError | undefined {
  const text = `${stdout}\n${stderr}`
  if (/unable to lock database/.test(text)) {
    return new FlotillaError('failed', 'pacman is in use by another program', { hint: 'try again when it is done' })
  }
  const missing = /target not found: (\S+)/.exec(text)?.[1]
  return missing === undefined ? undefined : new FlotillaError('not-found', `there is no package ${missing}`)
}

/** `bash 5.2.026-2`. */
function installedByPacman(text: string): readonly PackageState[] {
  return linesOf(text).flatMap((line): PackageState[] => {
    const [name = '', version] = line.split(' ')
    return version === undefined ? [] : [{ name, version, isInstalled: true }]
  })
}

/** `bash 5.2.015-1 -> 5.2.026-2`. */
function newerByPacman(text: string): ReadonlyMap<string, string> {
  return new Map(
    linesOf(text).flatMap((line) => {
      const [, name, version] = /^(\S+) \S+ -> (\S+)/.exec(line) ?? []
      return name === undefined || version === undefined ? [] : [[name, version] as const]
    }),
  )
}

/** `core/bash 5.2.026-2 [installed: 5.2.015-1]`, and a line that says what it is. */
function foundByPacman(text: string): readonly PackageState[] {
  return linesOf(text).flatMap((line): PackageState[] => {
    const [, name, newest, mark, older] = /^[^\s/]+\/(\S+) (\S+)(?:.*(\[installed)(?:: (\S+))?\])?/.exec(line) ?? []
    if (name === undefined || newest === undefined) return []
    if (older !== undefined) return [{ name, version: older, isInstalled: true, newerVersion: newest }]
    return [{ name, version: newest, isInstalled: mark !== undefined }]
  })
}
