import { existsSync } from 'node:fs'
import { guestKernel } from './kernel-package.ts'

export interface GuestAvailability {
  readonly isThere: boolean
  /** For the title of what is skipped; empty where nothing is. */
  readonly note: string
}

const programs = [
  { name: 'qemu-system-x86_64', path: '/usr/bin/qemu-system-x86_64', debian: 'qemu-system-x86' },
  { name: 'busybox', path: '/bin/busybox', debian: 'busybox-static' },
  { name: 'setpriv', path: '/usr/bin/setpriv', debian: 'util-linux' },
  { name: 'dpkg-deb', path: '/usr/bin/dpkg-deb', debian: 'dpkg' },
] as const

/** Whether a real guest can be started here; downloads its kernel the first time. */
export async function guestAvailability(): Promise<GuestAvailability> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return not('this is no Linux on x64')
  const missing = programs.find(({ path }) => !existsSync(path))
  if (missing !== undefined) return not(`there is no ${missing.name}: install ${missing.debian}`)
  try {
    await guestKernel()
    return { isThere: true, note: '' }
  } catch (error) {
    return not(`its kernel cannot be had: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function not(because: string): GuestAvailability {
  return { isThere: false, note: ` (not run, because ${because})` }
}
