import type { QgaDisk, QgaDiskAddress } from '../../qga/contract.ts'
import { numberedIn, type MachineFiles } from './machine-files.ts'
import { pciFolderOf, placeOfDisk } from './parsing/disk-place.ts'

/** A device that is made of others is made of others in turn only so often. */
const layersMax = 16

/** The disks of `/sys/block` and their partitions; what has no size, as an empty drive, is none. */
export async function disksOf(files: MachineFiles, listedMax: number): Promise<readonly QgaDisk[]> {
  const disks: QgaDisk[] = []
  for (const name of (await files.names('/sys/block')).toSorted()) {
    const folder = `/sys/block/${name}`
    if (disks.length >= listedMax || !(await hasSize(files, folder))) continue
    const [dependencies, address, alias] = await Promise.all([
      files.names(`${folder}/slaves`),
      addressAt(files, folder),
      files.text(`${folder}/dm/name`),
    ])
    disks.push({
      name: deviceOf(name),
      isPartition: false,
      dependencies: dependencies.toSorted().map(deviceOf),
      ...(address === undefined ? {} : { address }),
      ...(alias === undefined ? {} : { alias: alias.trim() }),
    })
    for (const part of (await files.names(folder)).toSorted()) {
      if (!part.startsWith(name) || disks.length >= listedMax) continue
      if ((await files.text(`${folder}/${part}/partition`)) === undefined) continue
      disks.push({ name: deviceOf(part), isPartition: true, dependencies: [deviceOf(name)] })
    }
  }
  return disks
}

/** The disks below a device number: one, or those that a volume or a raid is made of. */
export async function disksBelow(files: MachineFiles, deviceNumber: string): Promise<readonly QgaDiskAddress[]> {
  const found = new Map<string, QgaDiskAddress>()
  const visit = async (folder: string, layer: number): Promise<void> => {
    const parts = layer >= layersMax ? [] : (await files.names(`${folder}/slaves`)).toSorted()
    for (const part of parts) await visit(`/sys/class/block/${part}`, layer + 1)
    if (parts.length > 0) return
    const address = await addressAt(files, folder)
    if (address?.device !== undefined) found.set(address.device, address)
  }
  await visit(`/sys/dev/block/${deviceNumber}`, 0)
  return [...found.values()]
}

/** Undefined for what hangs on nothing. `device` is that of the folder, as the original has it: a partition's own. */
async function addressAt(files: MachineFiles, folder: string): Promise<QgaDiskAddress | undefined> {
  const path = await files.real(folder)
  if (path === undefined || path.includes('/devices/virtual/')) return undefined
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isPartition = (await files.text(`${folder}/partition`)) !== undefined
  const disk = isPartition ? path.slice(0, path.lastIndexOf('/')) : path
  const pci = pciFolderOf(path)
  const driver = pci === undefined ? undefined : await files.real(`${pci}/driver`)
  const ataPorts = pci === undefined ? [] : await numberedIn(files, pci, 'ata')
  const serial = await serialOf(files, disk)
  return {
    ...placeOfDisk(path, { ataPorts, ...(driver === undefined ? {} : { driver: lastPart(driver) }) }),
    ...(serial === undefined ? {} : { serial }),
    device: deviceOf(name),
  }
}

/** Where virtio, NVMe and SCSI say it; page 80 of SCSI has four bytes in front. */
async function serialOf(files: MachineFiles, disk: string): Promise<string | undefined> {
  const plain = (await files.text(`${disk}/serial`)) ?? (await files.text(`${disk}/device/serial`))
  const page = plain === undefined ? await files.bytes(`${disk}/device/vpd_pg80`) : undefined
  const serial = printable(plain ?? new TextDecoder('latin1').decode(page?.subarray(4)))
  return serial === '' ? undefined : serial
}

function printable(text: string): string {
  return text
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 256)
}

async function hasSize(files: MachineFiles, folder: string): Promise<boolean> {
  const size = (await files.text(`${folder}/size`))?.trim()
  return size !== undefined && size !== '0'
}

/** A slash in a device's name is an exclamation mark in `/sys`. */
function deviceOf(name: string): string {
  return `/dev/${name.replaceAll('!', '/')}`
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
