import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import { nodeClock } from '@flotilla/core/time/node'
import type { MachineSource } from '../readings.ts'
import type { PortableSourceLimits } from './limits.ts'
import { nodeParts } from './node-parts.ts'
import type { PortableParts } from './parts.ts'
import { PortableSource } from './portable-source.ts'

export interface PortableSourceOptions {
  readonly limits?: Partial<PortableSourceLimits>
  readonly clock?: Clock
  readonly parts?: PortableParts
}

/** Reads a machine through `systeminformation`, which starts other programs for most of what it says. */
export async function openPortableSource(options: PortableSourceOptions = {}): Promise<MachineSource> {
  const { clock = nodeClock(), limits } = options
  const parts = options.parts ?? (await loaded())
  return new PortableSource({ parts, clock, ...(limits === undefined ? {} : { limits }) })
}

async function loaded(): Promise<PortableParts> {
  try {
    return await nodeParts()
  } catch (error) {
    throw new FlotillaError('not-installed', 'systeminformation cannot be loaded', {
      cause: error,
      hint: 'install it beside @flotilla/procmon',
    })
  }
}
