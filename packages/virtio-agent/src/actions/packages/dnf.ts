import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramAnswer } from '../../execution/program-answer.ts'
import type { PackageAct, PackageState } from '../ports.ts'
import type { LookUp, PackageDialect, PackageStep } from './dialect.ts'
import { checkForm, linesOf, notAmong } from './name-rule.ts'

const nameForm = /^[A-Za-z0-9][A-Za-z0-9._+:~-]*$/
/** `rpm -q` ends with how many it does not know. */
const countCodes = Array.from({ length: 255 }, (_, index) => index + 1)
const hasUpdates = 100

/** Of Fedora, Red Hat and what descends from them: dnf 4 and 5. */
export const dnf: PackageDialect = {
  name: 'dnf',
  installed: {
    ask: { path: 'rpm', arguments: ['--query', '--all', '--queryformat', '%{NAME}\\t%{EVR}\\t%{ARCH}\\n'] },
    read: installedByRpm,
  },
  newer: {
    ask: { path: 'dnf', arguments: ['-q', '-C', 'check-update'], fineCodes: [hasUpdates] },
    read: newerByDnf,
  },
  search: {
    ask: (words) => ({
      path: 'dnf',
      arguments: ['-q', 'repoquery', '--queryformat', '%{name}\\t%{evr}\\n', '--', `*${words.join('*')}*`],
    }),
    read: foundByDnf,
  },
  check: (name) => checkForm(name, nameForm, 'dnf'),
  lookUp: (names, act) => (act === 'install' ? undefined : installedLookUp(names)),
  steps,
  failure,
}

function installedLookUp(names: readonly string[]): LookUp {
  const words = ['--query', '--queryformat', '%{NAME}\\n', '--', ...names]
  return {
    ask: { path: 'rpm', arguments: words, fineCodes: countCodes },
    // With a version or an architecture they are found, and told by their bare name.
    missing: (text) =>
      notAmong(
        names,
        names.filter((name) => !linesOf(text).includes(`package ${name} is not installed`)),
      ),
  }
}

function steps(names: readonly string[], act: PackageAct): readonly PackageStep[] {
  const call = (phase: PackageStep['phase'], words: readonly string[]): PackageStep => ({
    path: 'dnf',
    arguments: ['-y', ...words],
    phase,
  })
  if (act === 'remove') return [call('apply', ['remove', '--', ...names])]
  const word = act === 'install' ? 'install' : 'upgrade'
  const given = names.length === 0 ? [] : ['--', ...names]
  return [call('fetch', [word, '--downloadonly', ...given]), call('apply', [word, ...given])]
}

function failure({ stdout, stderr }: ProgramAnswer): FlotillaError | undefined {
  const missing = /(?:No match for argument|Unable to find a match): *([^\n]*)/.exec(`${stderr}\n${stdout}`)?.[1]
  if (missing !== undefined) return new FlotillaError('not-found', `there is no package ${missing}`)
  return undefined
}

/** NAME, VERSION and ARCHITECTURE with tabs between. Keys are kept as if they were packages. */
function installedByRpm(text: string): readonly PackageState[] {
  return linesOf(text).flatMap((line): PackageState[] => {
    const [name = '', version = ''] = line.split('\t')
    return name === 'gpg-pubkey' || version === '' ? [] : [{ name, version, isInstalled: true }]
  })
}

/** `bash.x86_64   5.2.26-3.fc40   updates`, until the packages that take the place of others. */
function newerByDnf(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/^Obsoleting Packages/m)[0] ?? ''
  return new Map(
    linesOf(lines).flatMap((line) => {
      const [, name, version] = /^(\S+)\.[a-z0-9_]+\s+(\d\S*)\s+\S+$/.exec(line) ?? []
      return name === undefined || version === undefined ? [] : [[name, version] as const]
    }),
  )
}

/** One line for each version of each repository; the last of a name is its newest. */
function foundByDnf(text: string): readonly PackageState[] {
  const found = new Map<string, PackageState>()
  for (const line of linesOf(text)) {
    const [name = '', version = ''] = line.split('\t')
    if (version !== '') found.set(name, { name, version, isInstalled: false })
  }
  return [...found.values()]
}
