import type { QgaDiskAddress } from '../../../qga/contract.ts'

const unknownPci = { domain: -1, bus: -1, slot: -1, function: -1 }
const bare = { pci: unknownPci, busType: 'unknown', bus: 0, target: 0, unit: 0 }

/**
 * Where a disk hangs, by its path in `/sys/devices` with all links followed, as
 * `/sys/devices/pci0000:00/0000:00:05.0/virtio2/host2/target2:0:1/2:0:1:3/block/sda`.
 */
export function placeOfDisk(path: string): QgaDiskAddress {
  const pci = pciOf(path)
  return { ...bare, pci, ...attachment(path) }
}

/** The last one on the way: those before are bridges. */
function pciOf(path: string): QgaDiskAddress['pci'] {
  const found = [...path.matchAll(/(?<=\/)([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])(?=\/)/g)].at(-1)
  if (found === undefined) return unknownPci
  const [domain = -1, bus = -1, slot = -1, index = -1] = found.slice(1).map((hex) => Number.parseInt(hex, 16))
  return { domain, bus, slot, function: index }
}

function attachment(path: string): Partial<QgaDiskAddress> {
  const scsi = /\/target\d+:\d+:\d+\/\d+:(\d+):(\d+):(\d+)\//.exec(path)
  const address = { bus: Number(scsi?.[1] ?? 0), target: Number(scsi?.[2] ?? 0), unit: Number(scsi?.[3] ?? 0) }
  const ata = /\/ata(\d+)\//.exec(path)
  if (path.includes('/nvme')) return { busType: 'nvme' }
  if (/\/usb\d+\//.test(path)) return { ...address, busType: 'usb' }
  if (/\/mmc_host\//.test(path)) return { busType: 'mmc' }
  // Each port of it is a host of its own; the number of the port is known only by those of its neighbours.
  if (ata !== null) return { ...address, busType: 'sata' }
  if (scsi !== null) return { ...address, busType: 'scsi' }
  if (/\/virtio\d+\//.test(path)) return { busType: 'virtio' }
  if (/\/xen|\/vbd-/.test(path)) return { busType: 'xen' }
  return {}
}
