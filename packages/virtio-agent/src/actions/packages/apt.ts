import { FlotillaError } from '@flotilla/core/errors'
import { plainEnvironment, type ProgramAnswer } from '../../execution/program-answer.ts'
import type { PackageAct, PackageState } from '../ports.ts'
import type { PackageDialect, PackageStep } from './dialect.ts'

const environment: readonly string[] = [
  ...plainEnvironment,
  'DEBIAN_FRONTEND=noninteractive',
  'DEBCONF_NONINTERACTIVE_SEEN=true',
  // It would ask which services to start again.
  'NEEDRESTART_MODE=l',
  'APT_LISTCHANGES_FRONTEND=none',
]

/** Nobody is there to answer, so settings that were changed stay as they are. */
const common = [
  '-y',
  '-q',
  '-o',
  'Dpkg::Use-Pty=0',
  '-o',
  'Dpkg::Options::=--force-confdef',
  '-o',
  'Dpkg::Options::=--force-confold',
] as const

/** Debian's names, perhaps with an architecture and a version. */
const nameForm = /^[a-z0-9][a-z0-9.+-]*(:[a-z0-9-]+)?(=[A-Za-z0-9.+:~-]+)?$/

/** Of Debian and what descends from it. */
export const apt: PackageDialect = {
  name: 'apt',
  installed: {
    ask: {
      path: 'dpkg-query',
      arguments: ['--show', '--showformat', '${Package}\\t${Version}\\t${db:Status-Abbrev}\\t${Architecture}\\n'],
    },
    read: installedByDpkg,
  },
  newer: { ask: { path: 'apt-get', arguments: ['-s', '-qq', 'upgrade'], environment }, read: newerByApt },
  search: {
    ask: (words) => ({ path: 'apt-cache', arguments: ['search', '--', ...words.map(literally)] }),
    read: foundByApt,
  },
  versions: { ask: policyOf, read: policiesByApt },
  check: checkName,
  lookUp: (names, act) => ({ ask: policyOf(names), missing: (text) => missingIn(text, names, act) }),
  steps,
  failure,
}

function policyOf(names: readonly string[]): { readonly path: string; readonly arguments: readonly string[] } {
  return { path: 'apt-cache', arguments: ['policy', '--', ...names.map(withoutVersion)] }
}

/**
 * apt takes a name that it does not know for a pattern if it has a dot, and one with a sign at its end for the opposite
 * of what is asked: `install nano-` removes nano. So names are looked up first, and these are refused.
 */
function checkName(name: string, act: PackageAct): void {
  const isOpposite = name.endsWith('-') || withoutVersion(name).endsWith('-')
  const hasVersion = name.includes('=')
  if (nameForm.test(name) && !isOpposite && (act === 'install' || !hasVersion)) return
  throw new FlotillaError('wrong-arguments', `${JSON.stringify(name)} is no name that apt has for a package`)
}

/** What is to be removed or brought up to date has to be there. */
function missingIn(text: string, names: readonly string[], act: PackageAct): string[] {
  const found = policiesByApt(text).filter(({ isInstalled }) => isInstalled || act === 'install')
  const known = new Set(found.map(({ name }) => name))
  return names.filter((name) => !known.has(withoutVersion(name)))
}

function steps(names: readonly string[], act: PackageAct): readonly PackageStep[] {
  const call = (phase: PackageStep['phase'], words: readonly string[]): PackageStep => ({
    path: 'apt-get',
    arguments: [...common, ...words],
    environment,
    phase,
  })
  const given = ['--', ...names]
  // An order to install one package removes no other.
  const both = (words: readonly string[]): readonly PackageStep[] => [
    call('fetch', ['--download-only', ...words]),
    call('apply', words),
  ]
  if (act === 'remove') return [call('apply', ['remove', ...given])]
  if (act === 'install') return both(['--no-remove', 'install', ...given])
  const upgrade = names.length === 0 ? ['upgrade'] : ['install', '--only-upgrade', ...given]
  return [call('fetch', ['update']), ...both(['--no-remove', ...upgrade])]
}

function failure({ stderr, stdout }: ProgramAnswer): FlotillaError | undefined {
  const text = `${stdout}\n${stderr}`
  const held = /Could not get lock [^\n]*|Unable to (?:acquire|lock) [^\n]*/.exec(text)?.[0]
  if (held !== undefined) {
    return new FlotillaError('failed', `apt is in use by another program: ${held}`, {
      hint: 'try again when it is done',
    })
  }
  if (/dpkg was interrupted/.test(text)) {
    return new FlotillaError('failed', 'an earlier run of dpkg was interrupted', { hint: 'run dpkg --configure -a' })
  }
  const missing = /(?:Unable to locate package|has no installation candidate|Version '[^']*' for '[^']*' was not found)/
  if (missing.test(text)) return new FlotillaError('not-found', missing.exec(text)?.[0] ?? 'there is no such package')
  return undefined
}

/**
 * NAME, VERSION, STATUS and ARCHITECTURE with tabs between; `ii` is installed as wanted, `hi` is held. Only where a
 * package is there for several architectures are they part of its names.
 */
export function installedByDpkg(text: string): readonly PackageState[] {
  const rows = text.split('\n').map((line) => line.split('\t'))
  const installed = rows.filter(([, , status = '']) => status[1] === 'i')
  const counts = new Map<string, number>()
  for (const [name = ''] of installed) counts.set(name, (counts.get(name) ?? 0) + 1)
  return installed.map(([name = '', version = '', , architecture = '']) => ({
    name: counts.get(name) === 1 ? name : `${name}:${architecture}`,
    version,
    isInstalled: true,
  }))
}

/** `Inst bash [5.2.15-2+b8] (5.2.15-2+b13 Debian:12.15/oldstable [amd64])`. */
export function newerByApt(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name, version] = /^Inst (\S+) \[[^\]]*\] \((\S+) /.exec(line) ?? []
      return name === undefined || version === undefined ? [] : [[name, version] as const]
    }),
  )
}

/** `nano - small, friendly text editor`. */
export function foundByApt(text: string): readonly PackageState[] {
  return text.split('\n').flatMap((line): PackageState[] => {
    const name = /^(\S+) - /.exec(line)?.[1]
    return name === undefined ? [] : [{ name, version: '', isInstalled: false }]
  })
}

/** Blocks as `nano:`, `  Installed: (none)`, `  Candidate: 7.2-1`. A package without either is only spoken of. */
export function policiesByApt(text: string): readonly PackageState[] {
  const blocks = text.split(/^(?=\S)/m)
  return blocks.flatMap((block): PackageState[] => {
    const name = /^(\S+):\n/.exec(block)?.[1]
    const installed = versionIn(block, 'Installed')
    const candidate = versionIn(block, 'Candidate')
    const version = installed ?? candidate
    if (name === undefined || version === undefined) return []
    const isInstalled = installed !== undefined
    const hasNewer = isInstalled && candidate !== undefined && candidate !== installed
    return [{ name, version, isInstalled, ...(hasNewer ? { newerVersion: candidate } : {}) }]
  })
}

function versionIn(block: string, word: string): string | undefined {
  const found = new RegExp(`^  ${word}: (\\S+)$`, 'm').exec(block)?.[1]
  return found === '(none)' ? undefined : found
}

function withoutVersion(name: string): string {
  return name.split('=')[0] ?? name
}

/** apt-cache reads its words as patterns. */
function literally(word: string): string {
  return word.replace(/[.+]/g, '\\$&')
}
