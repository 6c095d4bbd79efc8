import { accessSync, constants, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { portModules, type DeviceFacts, type NamedPort, type PortLink, type PortListing } from './port-listing.ts'

/** What this machine shows of its virtio ports; `root` is a folder that stands for the whole machine. */
export function readPortListing(root: string = '/'): PortListing {
  return {
    links: linksIn(join(root, 'dev/virtio-ports'), root),
    named: namedIn(join(root, 'sys/class/virtio-ports')),
    devices: devicesIn(join(root, 'dev')),
    modules: portModules.filter((name) => existsSync(join(root, 'sys/module', name))),
    userId: process.getuid?.() ?? -1,
  }
}

function linksIn(folder: string, root: string): readonly PortLink[] | undefined {
  return entriesOf(folder)?.map((name) => {
    const target = quietly(() => readlinkSync(join(folder, name)))
    const device = target === undefined ? undefined : resolve('/dev/virtio-ports', target)
    return { name, device: device !== undefined && existsSync(join(root, device)) ? device : undefined }
  })
}

function namedIn(folder: string): readonly NamedPort[] | undefined {
  return entriesOf(folder)?.map((device) => {
    return { device, name: quietly(() => readFileSync(join(folder, device, 'name'), 'utf8').trim()) ?? '' }
  })
}

function devicesIn(folder: string): readonly DeviceFacts[] {
  const ports = (entriesOf(folder) ?? []).filter((name) => /^vport\d+p\d+$/.test(name))
  return ports.flatMap((name) => quietly(() => factsOf(join(folder, name), `/dev/${name}`)) ?? [])
}

function factsOf(place: string, path: string): DeviceFacts {
  const { mode, uid, gid } = statSync(place)
  const isOurs = quietly(() => accessSync(place, constants.R_OK | constants.W_OK) ?? true) === true
  return { path, mode: modeText(mode), userId: uid, groupId: gid, isOurs }
}

function modeText(mode: number): string {
  const kind = (mode & constants.S_IFMT) === constants.S_IFCHR ? 'c' : '-'
  const bits = Array.from('rwxrwxrwx', (letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'))
  return kind + bits.join('')
}

function entriesOf(folder: string): readonly string[] | undefined {
  return quietly(() => readdirSync(folder).toSorted())
}

/** Undefined where it fails: ports come and go while we look, and what is not there is told as such. */
function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
