import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ProgramRunner } from '../../execution/contract.ts'
import type { QgaSystem } from '../../qga/contract.ts'
import type { PackageManager, ServiceManager } from '../ports.ts'
import { programmedPackages } from '../packages/programmed-packages.ts'
import { choco } from './choco.ts'
import type { WindowsPlace } from './powershell.ts'
import { windowsServiceManager } from './services.ts'
import { windowsSystem } from './system.ts'
import { winget } from './winget.ts'

/** What programs of Windows cannot do without; nothing else of ours is theirs. */
const needed = [
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'Path',
  'PATHEXT',
  'PSModulePath',
  'TEMP',
  'TMP',
  'ProgramData',
  'ProgramFiles',
  'ProgramFiles(x86)',
  'LOCALAPPDATA',
  'APPDATA',
  'USERPROFILE',
  'ChocolateyInstall',
]

export interface WindowsParts {
  readonly system: QgaSystem
  readonly services: ServiceManager
  readonly packages: PackageManager | undefined
}

/** Services and packages of this Windows. */
export function openWindowsParts(runner: ProgramRunner): WindowsParts {
  const { env } = process
  const place: WindowsPlace = {
    systemRoot: env['SystemRoot'] ?? 'C:\\Windows',
    environment: needed.flatMap((name) => (env[name] === undefined ? [] : [`${name}=${env[name]}`])),
  }
  return {
    system: windowsSystem(runner, place, { hostName: hostname, wallMs: () => Date.now() }),
    services: windowsServiceManager(runner, place),
    packages: packagesOf(runner, place),
  }
}

function packagesOf(runner: ProgramRunner, place: WindowsPlace): PackageManager | undefined {
  const { env } = process
  const chocoPath = join(env['ChocolateyInstall'] ?? 'C:\\ProgramData\\chocolatey', 'bin', 'choco.exe')
  if (existsSync(chocoPath)) return programmedPackages(runner, choco(chocoPath, place))
  // A user's own; the system account, which services run under, has none.
  const wingetPath = join(env['LOCALAPPDATA'] ?? '', 'Microsoft', 'WindowsApps', 'winget.exe')
  return existsSync(wingetPath) ? programmedPackages(runner, winget(wingetPath, place)) : undefined
}
