export interface LinuxMount {
  /** As `254:1`. */
  readonly deviceNumber: string
  readonly path: string
  readonly type: string
  /** What is mounted, as `/dev/vda1`. */
  readonly device: string
  readonly isReadOnly: boolean
}

/** `/proc/self/mountinfo`, in the order in which they were mounted; what another one lies upon is left out. */
export function parseMounts(text: string): readonly LinuxMount[] {
  const visible = new Map<string, LinuxMount>()
  for (const line of text.split('\n')) {
    const [front = '', back] = line.split(' - ', 2)
    const [, , deviceNumber = '', , path, options = ''] = front.split(' ')
    const [type, device] = back?.split(' ') ?? []
    if (path === undefined || type === undefined || device === undefined || !/^\d+:\d+$/.test(deviceNumber)) continue
    const mount = unescaped(path)
    visible.delete(mount)
    visible.set(mount, {
      deviceNumber,
      path: mount,
      type,
      device: unescaped(device),
      isReadOnly: options.split(',').includes('ro'),
    })
  }
  return [...visible.values()]
}

/** Those that lie on a disk: neither what the kernel makes up, nor what is of another machine. */
export function onDisks(mounts: readonly LinuxMount[]): readonly LinuxMount[] {
  return mounts.filter(
    ({ device, deviceNumber, type }) =>
      device.startsWith('/') &&
      // btrfs has device numbers of its own; what else begins with 0 is on no disk.
      (!deviceNumber.startsWith('0:') || type === 'btrfs'),
  )
}

/** The kernel writes what would end a field as `\040`. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
