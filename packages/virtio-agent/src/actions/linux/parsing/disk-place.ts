import type { QgaDiskAddress } from '../../../qga/contract.ts'

const unknownPci = { domain: -1, bus: -1, slot: -1, function: -1 }

/** What is known of the controller besides the path. */
export interface DiskController {
  /** As `ahci`. */
  readonly driver?: string
  /** The numbers of its ATA ports, rising. */
  readonly ataPorts: readonly number[]
}

/**
 * Where a disk hangs, by its path in `/sys/devices` with all links followed, as
 * `/sys/devices/pci0000:00/0000:00:05.0/virtio2/host2/target2:0:1/2:0:1:3/block/sda`.
 */
export function placeOfDisk(path: string, controller: DiskController = { ataPorts: [] }): QgaDiskAddress {
  const bare = { pci: pciOf(path), busType: 'unknown', bus: 0, target: 0, unit: 0 }
  return { ...bare, ...attachment(path, controller) }
}

/** The folder of the PCI function that it hangs on. */
export function pciFolderOf(path: string): string | undefined {
  const found = lastPci(path)
  return found === undefined ? undefined : path.slice(0, found.index + found[0].length)
}

/** The last one on the way: those before are bridges. */
function lastPci(path: string): RegExpExecArray | undefined {
  return [...path.matchAll(/(?<=\/)([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])(?=\/)/g)].at(-1)
}

function pciOf(path: string): QgaDiskAddress['pci'] {
  const found = lastPci(path)
  if (found === undefined) return unknownPci
  const [domain = -1, bus = -1, slot = -1, index = -1] = found.slice(1).map((hex) => Number.parseInt(hex, 16))
  return { domain, bus, slot, function: index }
}

function attachment(path: string, { driver, ataPorts }: DiskController): Partial<QgaDiskAddress> {
  const scsi = /\/target\d+:\d+:\d+\/\d+:(\d+):(\d+):(\d+)\//.exec(path)
  const [bus = 0, target = 0, unit = 0] = scsi?.slice(1).map(Number) ?? []
  const ata = /\/ata(\d+)\//.exec(path)
  if (path.includes('/nvme/')) return { busType: 'nvme' }
  if (/\/usb\d+\//.test(path)) return { busType: 'usb', bus, target, unit }
  if (path.includes('/mmc_host/')) return { busType: 'mmc' }
  if (ata !== null) {
    const port = Math.max(0, ataPorts.indexOf(Number(ata[1])))
    // A channel of IDE has two disks, a port of SATA one.
    return driver === 'ata_piix' ? { busType: 'ide', bus: port, unit: target } : { busType: 'sata', unit: port }
  }
  if (scsi !== null) return { busType: 'scsi', bus, target, unit }
  if (/\/virtio\d+\//.test(path)) return { busType: 'virtio' }
  return path.includes('/vbd-') ? { busType: 'xen' } : {}
}
