/** What an initramfs is made of. Folders come before what lies in them. */
export type CpioEntry =
  | { readonly type: 'folder'; readonly path: string; readonly mode: number }
  | { readonly type: 'file'; readonly path: string; readonly mode: number; readonly content: () => Uint8Array }
  | { readonly type: 'link'; readonly path: string; readonly target: string }
  | {
      readonly type: 'device'
      readonly path: string
      readonly mode: number
      readonly major: number
      readonly minor: number
    }

const typeBits = { folder: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 } as const
const trailerName = 'TRAILER!!!'

/**
 * An archive in cpio's "newc" format, which the kernel unpacks: a head of hexadecimal digits, the name, the content,
 * each filled up to four bytes. Several archives may stand one behind the other.
 */
export function* cpioParts(entries: Iterable<CpioEntry>): Iterable<Uint8Array> {
  let inode = 1
  for (const entry of entries) yield* entryParts(entry, inode++)
  yield* recordParts({ inode: 0, mode: 0, content: new Uint8Array(), major: 0, minor: 0, path: trailerName })
}

function* entryParts(entry: CpioEntry, inode: number): Iterable<Uint8Array> {
  const { type, path } = entry
  const mode = typeBits[type] | (type === 'link' ? 0o777 : entry.mode)
  const content =
    type === 'file' ? entry.content() : type === 'link' ? new TextEncoder().encode(entry.target) : new Uint8Array()
  const { major, minor } = type === 'device' ? entry : { major: 0, minor: 0 }
  yield* recordParts({ inode, mode, content, major, minor, path })
}

interface CpioRecord {
  readonly inode: number
  readonly mode: number
  readonly content: Uint8Array
  readonly major: number
  readonly minor: number
  readonly path: string
}

function* recordParts({ inode, mode, content, major, minor, path }: CpioRecord): Iterable<Uint8Array> {
  const name = new TextEncoder().encode(`${path}\0`)
  const [owner, group, links, time, check] = [0, 0, 1, 0, 0]
  const [deviceMajor, deviceMinor] = [0, 0]
  const numbers = [inode, mode, owner, group, links, time, content.length, deviceMajor, deviceMinor]
  const head = [...numbers, major, minor, name.length, check].map((number) => number.toString(16).padStart(8, '0'))
  const headBytes = new TextEncoder().encode(`070701${head.join('')}`)
  yield headBytes
  yield name
  yield filling(headBytes.length + name.length)
  yield content
  yield filling(content.length)
}

function filling(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4)
}
