export interface Mount {
  readonly mount: string
  /** What is mounted: `/dev/sda1`, `server:/export`. */
  readonly device: string
  readonly type: string
  readonly isReadOnly: boolean
  /** `major:minor`, the same for whatever shows the same file system. */
  readonly deviceNumber: string
}

/** `/proc/self/mountinfo`, in its order: what comes later lies above. Lines of another form are passed over. */
export function parseMountInfo(text: string): readonly Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    // The number of optional fields varies; a dash of its own ends them.
    const [before, after] = splitOnce(line, ' - ')
    const [, , deviceNumber, , mount, options] = before.split(' ')
    const [type, device, superOptions] = after.split(' ')
    if (deviceNumber === undefined || !/^\d+:\d+$/.test(deviceNumber)) continue
    if (mount === undefined || options === undefined || !type || device === undefined) continue
    if (!mount.startsWith('/')) continue
    const isReadOnly = hasOption(options, 'ro') || hasOption(superOptions ?? '', 'ro')
    mounts.push({ mount: unescaped(mount), device: unescaped(device), type, isReadOnly, deviceNumber })
  }
  return mounts
}

function splitOnce(line: string, separator: string): readonly [string, string] {
  const at = line.indexOf(separator)
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + separator.length)]
}

function hasOption(options: string, option: string): boolean {
  return options.split(',').includes(option)
}

/** Spaces, tabs, line ends and backslashes are written as three octal digits. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replaceAll(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
