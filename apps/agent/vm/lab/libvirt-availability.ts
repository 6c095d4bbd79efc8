import { existsSync } from 'node:fs'
import { guestAvailability, type GuestAvailability } from './availability.ts'
import { LibvirtDaemon } from './libvirt-daemon.ts'

const programs = [
  { name: 'libvirtd', path: '/usr/sbin/libvirtd', debian: 'libvirt-daemon-system' },
  { name: 'virsh', path: '/usr/bin/virsh', debian: 'libvirt-clients' },
  { name: 'mkfs.ext4', path: '/usr/sbin/mkfs.ext4', debian: 'e2fsprogs' },
  { name: 'unshare', path: '/usr/bin/unshare', debian: 'util-linux' },
] as const

/** Whether a daemon of libvirt can be started here, apart from the one of this machine, and a guest with it. */
export async function libvirtAvailability(): Promise<GuestAvailability> {
  const missing = programs.find(({ path }) => !existsSync(path))
  if (missing !== undefined) return not(`there is no ${missing.name}: install ${missing.debian}`)
  const { isThere, note } = await guestAvailability()
  if (!isThere) return { isThere, note }
  try {
    await using _ = await LibvirtDaemon.start()
    return { isThere: true, note: '' }
  } catch (error) {
    // Of all that it has complained of, the last is why it gave up.
    const said = String(error).trim().split('\n')
    const why = said.findLast((line) => /error|permitted|denied/i.test(line)) ?? said[0] ?? ''
    return not(`libvirtd cannot be started here: ${why}`)
  }
}

function not(because: string): GuestAvailability {
  return { isThere: false, note: ` (not run, because ${because})` }
}
