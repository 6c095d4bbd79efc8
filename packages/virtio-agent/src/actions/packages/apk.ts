import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramAnswer } from '../../execution/program-answer.ts'
import type { PackageAct, PackageState } from '../ports.ts'
import type { PackageDialect, PackageStep } from './dialect.ts'
import { checkForm, linesOf, notAmong } from './name-rule.ts'

/** With a version after `=` or `~`, where it is to be installed. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._+-]*([=~][A-Za-z0-9._-]+)?$/
const versionAt = /^(.+)-(\d[^-]*-r\d+)$/

/** Of Alpine. */
export const apk: PackageDialect = {
  name: 'apk',
  installed: { ask: { path: 'apk', arguments: ['list', '--installed'] }, read: installedByApk },
  newer: { ask: { path: 'apk', arguments: ['version', '-l', '<'] }, read: newerByApk },
  search: {
    ask: (words) => ({ path: 'apk', arguments: ['search', '--', ...words.slice(0, 1)] }),
    read: (text, words) => foundByApk(text).filter(({ name }) => words.every((word) => name.includes(word))),
  },
  check: (name) => checkForm(name, nameForm, 'apk'),
  lookUp: (names, act) =>
    act === 'install'
      ? undefined
      : {
          ask: { path: 'apk', arguments: ['info', '--installed', '--', ...names], fineCodes: [1] },
          missing: (text) => notAmong(names, linesOf(text)),
        },
  steps,
  failure,
}

/** It does all of one call or nothing, so there is nothing to download first. */
function steps(names: readonly string[], act: PackageAct): readonly PackageStep[] {
  const call = (phase: PackageStep['phase'], words: readonly string[]): PackageStep => ({
    path: 'apk',
    arguments: ['--no-interactive', '--no-progress', ...words],
    phase,
  })
  const index = call('fetch', ['update'])
  if (act === 'remove') return [call('apply', ['del', '--', ...names])]
  if (act === 'install') return [index, call('apply', ['add', '--', ...names])]
  return [index, call('apply', names.length === 0 ? ['upgrade'] : ['add', '--upgrade', '--', ...names])]
}

function failure({ stdout, stderr }: ProgramAnswer): FlotillaError | undefined {
  const text = `${stdout}\n${stderr}`
  if (/Unable to lock database/.test(text)) {
    return new FlotillaError('failed', 'apk is in use by another program', { hint: 'try again when it is done' })
  }
  const missing = /^\s*(\S+) \(no such package\)/m.exec(text)?.[1]
  return missing === undefined ? undefined : new FlotillaError('not-found', `there is no package ${missing}`)
}

/** `busybox-1.36.1-r29 x86_64 {busybox} (GPL-2.0-only) [installed]`. */
function installedByApk(text: string): readonly PackageState[] {
  return linesOf(text).flatMap((line) => stateOf(line.split(' ')[0] ?? '', true))
}

/** `busybox-1.36.1-r15    < 1.36.1-r20`. */
function newerByApk(text: string): ReadonlyMap<string, string> {
  return new Map(
    linesOf(text).flatMap((line) => {
      const [, versioned = '', newer] = /^(\S+)\s+<\s+(\S+)/.exec(line) ?? []
      const name = versionAt.exec(versioned)?.[1]
      return name === undefined || newer === undefined ? [] : [[name, newer] as const]
    }),
  )
}

/** `nano-7.2-r1`. */
function foundByApk(text: string): readonly PackageState[] {
  return linesOf(text).flatMap((line) => stateOf(line.split(' ')[0] ?? '', false))
}

function stateOf(versioned: string, isInstalled: boolean): readonly PackageState[] {
  const [, name, version] = versionAt.exec(versioned) ?? []
  return name === undefined || version === undefined ? [] : [{ name, version, isInstalled }]
}
