/** Packs: files that hold chunks one after the other. What is in which is the catalogue's business. */
export { Gate } from './gate.ts'
export type { GrowingPack } from './growing-pack.ts'
export { PackFiles } from './pack-files.ts'
export { newPackId, packPath, packsOnDisk } from './pack-folder.ts'
export {
  decodePackHeader,
  decodeRecord,
  decodeRecordHead,
  encodePackHeader,
  encodeRecordHead,
  packHeaderBytes,
  packVersion,
  recordBytes,
  recordHeadBytes,
  sealedBytesMax,
  type PackHeader,
  type PackRecord,
  type RecordHead,
} from './pack-format.ts'
export { PackReader, readRuns, type HasPlace, type ReadRun, type RunLimits } from './pack-reader.ts'
export { PackWriter, type PlacedRecord } from './pack-writer.ts'
