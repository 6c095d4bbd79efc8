import { openLinuxSource, type LinuxSourceOptions } from './linux/node-linux-source.ts'
import type { MachineSource } from './readings.ts'

export interface MachineSourceOptions extends LinuxSourceOptions {}

/** Reads this machine: from the kernel where that is Linux, through `systeminformation` elsewhere. */
export function openMachineSource(options: MachineSourceOptions = {}): Promise<MachineSource> {
  return openLinuxSource(options)
}
