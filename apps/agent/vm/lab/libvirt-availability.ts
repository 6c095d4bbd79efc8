import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { guestAvailability, type GuestAvailability } from './availability.ts'
import { apartFromTheMachine } from './libvirt-confinement.ts'

const triedMsMax = 10_000

const programs = [
  { name: 'libvirtd', path: '/usr/sbin/libvirtd', debian: 'libvirt-daemon-system' },
  { name: 'virsh', path: '/usr/bin/virsh', debian: 'libvirt-clients' },
  { name: 'mkfs.ext4', path: '/usr/sbin/mkfs.ext4', debian: 'e2fsprogs' },
  { name: 'unshare', path: '/usr/bin/unshare', debian: 'util-linux' },
] as const

/** Whether a daemon of libvirt can be started here, apart from the one of this machine. */
export async function libvirtAvailability(): Promise<GuestAvailability> {
  const missing = programs.find(({ path }) => !existsSync(path))
  if (missing !== undefined) return not(`there is no ${missing.name}: install ${missing.debian}`)
  const [program, ...args] = apartFromTheMachine(['true'])
  try {
    await promisify(execFile)(program, args, { timeout: triedMsMax, killSignal: 'SIGKILL' })
  } catch {
    return not('this user may not make namespaces of its own, in which libvirtd leaves no trace: run it as root')
  }
  return guestAvailability()
}

function not(because: string): GuestAvailability {
  return { isThere: false, note: ` (not run, because ${because})` }
}
