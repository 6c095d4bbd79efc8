import type { QgaFileSystem } from '../../qga/contract.ts'
import { disksBelow } from './disks.ts'
import type { MachineFiles } from './machine-files.ts'
import { onDisks, parseMounts, type LinuxMount } from './parsing/mounts.ts'

export interface MountSpace {
  readonly totalBytes: number
  readonly freeBytes: number
  /** To those who are not root. */
  readonly availableBytes: number
}

/** Undefined where it does not say in time. */
export type AskMountSpace = (path: string) => Promise<MountSpace | undefined>

/** What is mounted and lies on a disk, in the order in which it was mounted. */
export async function diskMounts(files: MachineFiles, listedMax: number): Promise<readonly LinuxMount[]> {
  return onDisks(parseMounts((await files.text('/proc/self/mountinfo')) ?? '')).slice(0, listedMax)
}

export async function fileSystemsOf(
  files: MachineFiles,
  askSpace: AskMountSpace,
  listedMax: number,
): Promise<readonly QgaFileSystem[]> {
  const mounts = await diskMounts(files, listedMax)
  return Promise.all(
    mounts.map(async ({ path, type, device, deviceNumber }) => {
      const [space, disks, name] = await Promise.all([
        askSpace(path),
        disksBelow(files, deviceNumber),
        nameOf(files, deviceNumber, device),
      ])
      return { name, mount: path, type, ...(space === undefined ? {} : figures(space)), disks }
    }),
  )
}

function figures({ totalBytes, freeBytes, availableBytes }: MountSpace): Partial<QgaFileSystem> {
  const usedBytes = totalBytes - freeBytes
  return { usedBytes, totalBytes: usedBytes + availableBytes, totalBytesPrivileged: totalBytes }
}

/** As the kernel calls it, so that `/dev/mapper/root` is `dm-0`, as the original tells it. */
async function nameOf(files: MachineFiles, deviceNumber: string, device: string): Promise<string> {
  const path = (await files.real(`/sys/dev/block/${deviceNumber}`)) ?? device
  return path.slice(path.lastIndexOf('/') + 1)
}
