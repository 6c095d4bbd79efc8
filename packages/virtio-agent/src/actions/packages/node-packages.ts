import { existsSync } from 'node:fs'
import type { ProgramRunner } from '../../execution/contract.ts'
import type { PackageManager } from '../ports.ts'
import { apt } from './apt.ts'
import { programmedPackages } from './programmed-packages.ts'

/** Each by a program that only it has; the first that is there. */
const known = [{ dialect: apt, programs: ['/usr/bin/apt-get', '/usr/bin/dpkg-query'] }]

/** Of this machine; undefined where it has none that we know. */
export function openPackageManager({ runner }: { readonly runner: ProgramRunner }): PackageManager | undefined {
  const found = known.find(({ programs }) => programs.every((program) => existsSync(program)))
  return found === undefined ? undefined : programmedPackages(runner, found.dialect)
}
