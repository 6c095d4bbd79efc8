/** Packs: files that hold chunks one after the other. What is in which is the catalogue's business. */
export type { GrowingPack } from './growing-pack.ts'
export { PackFiles } from './pack-files.ts'
export { packPath, packsOnDisk } from './pack-folder.ts'
export {
  decodePackHeader,
  decodeRecord,
  encodePackHeader,
  encodeRecordHead,
  packHeaderBytes,
  packVersion,
  type PackRecord,
} from './pack-format.ts'
export { PackReader, readRuns, type HasPlace, type ReadRun, type RunLimits } from './pack-reader.ts'
export { PackWriter, type PlacedRecord } from './pack-writer.ts'
