import type { DiskReading } from '../../readings.ts'

/** The kernel counts in these, whatever the disk's own sectors are. */
const sectorBytes = 512

/**
 * Partitions, which their disk counts too, and what only lies in memory or in another file: as `node_exporter` leaves
 * out by default, and partitions of memory cards.
 */
const leftOut = /^(?:(?:z?ram|loop|fd)\d+|(?:h|s|v|xv)d[a-z]+\d+|nvme\d+n\d+p\d+|mmcblk\d+(?:p\d+|boot\d+|rpmb))$/

/** `/proc/diskstats`: whole disks, and what is made of disks (`dm-0`, `md0`). Lines of another form are passed over. */
export function parseDiskStats(text: string): readonly DiskReading[] {
  const disks: DiskReading[] = []
  for (const line of text.split('\n')) {
    const [, , name, ...fields] = line.trim().split(/\s+/)
    if (name === undefined || leftOut.test(name)) continue
    const [reads, , readSectors, , writes, , writtenSectors, , , busyMs] = fields.map(wholeNumber)
    if (reads === undefined || readSectors === undefined || writes === undefined) continue
    if (writtenSectors === undefined || busyMs === undefined) continue
    disks.push({
      name: name.replaceAll('!', '/'),
      reads,
      writes,
      readBytes: readSectors * sectorBytes,
      writtenBytes: writtenSectors * sectorBytes,
      busyMs,
    })
  }
  return disks
}

function wholeNumber(field: string): number | undefined {
  return /^\d+$/.test(field) ? Number(field) : undefined
}
