import { existsSync } from 'node:fs'
import type { ProgramRunner } from '../../execution/contract.ts'
import type { PackageManager } from '../ports.ts'
import { apk } from './apk.ts'
import { apt } from './apt.ts'
import { dnf } from './dnf.ts'
import { pacman } from './pacman.ts'
import { programmedPackages } from './programmed-packages.ts'

/** Each by programs that only it has; the first whose programs are there. */
const known = [
  { dialect: apt, programs: ['/usr/bin/apt-get', '/usr/bin/dpkg-query'] },
  { dialect: dnf, programs: ['/usr/bin/dnf', '/usr/bin/rpm'] },
  { dialect: pacman, programs: ['/usr/bin/pacman'] },
  { dialect: apk, programs: ['/sbin/apk'] },
]

/** Of this machine; undefined where it has none that we know. */
export function openPackageManager({ runner }: { readonly runner: ProgramRunner }): PackageManager | undefined {
  if (process.platform !== 'linux') return undefined
  const found = known.find(({ programs }) => programs.every((program) => existsSync(program)))
  return found === undefined ? undefined : programmedPackages(runner, found.dialect)
}
