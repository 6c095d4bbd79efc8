import type { Disk } from '@flotilla/core/disk'
import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue } from '../catalogue/contract.ts'
import type { PackFiles, PackReader, PackWriter } from '../packs/index.ts'
import type { Workshop } from '../sealing/contract.ts'
import type { VaultInstruments } from './instruments.ts'
import type { VaultLimits } from './limits.ts'
import type { PackSizes } from './pack-sizes.ts'

/** What the vault's parts share. */
export interface VaultParts {
  readonly disk: Disk
  readonly catalogue: Catalogue
  readonly workshop: Workshop
  readonly clock: Clock
  readonly limits: VaultLimits
  readonly logger: Logger
  readonly instruments: VaultInstruments
  readonly files: PackFiles
  readonly reader: PackReader
  readonly writer: PackWriter
  readonly sizes: PackSizes
}
