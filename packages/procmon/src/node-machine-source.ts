import type { Clock } from '@flotilla/core/time'
import type { ProcessControl } from './control.ts'
import type { LinuxSourceLimits } from './linux/limits.ts'
import { openLinuxSource } from './linux/node-linux-source.ts'
import { openLinuxProcessControl } from './linux/node-process-control.ts'
import type { PortableSourceLimits } from './portable/limits.ts'
import { nodeParts } from './portable/node-parts.ts'
import { openPortableProcessControl } from './portable/node-portable-control.ts'
import { openPortableSource } from './portable/node-portable-source.ts'
import type { MachineSource } from './readings.ts'

export interface MachineSourceOptions {
  /** On Linux, where `/proc`, `/sys` and `/etc` are: `/host` inside of a container, or a folder of recorded files. */
  readonly root?: string
  readonly clock?: Clock
  /** Those of the platform that this is count. */
  readonly limits?: Partial<LinuxSourceLimits & PortableSourceLimits>
}

/** Reads this machine: from the kernel where that is Linux, through `systeminformation` elsewhere. */
export function openMachineSource(options: MachineSourceOptions = {}): Promise<MachineSource> {
  return process.platform === 'linux' ? openLinuxSource(options) : openPortableSource(options)
}

/** Signals and nice values for the processes that `openMachineSource` lists. */
export async function openProcessControl({ root }: Pick<MachineSourceOptions, 'root'> = {}): Promise<ProcessControl> {
  if (process.platform === 'linux') return openLinuxProcessControl(root === undefined ? {} : { root })
  const { processes } = await nodeParts()
  return openPortableProcessControl({ list: processes })
}
