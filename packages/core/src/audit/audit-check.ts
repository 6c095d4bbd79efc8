import type { Crypto } from '../crypto/index.ts'
import type { Disk, DiskPath } from '../disk/index.ts'
import { auditFiles, firstAuditFile } from './audit-files.ts'
import { firstHash, readAuditLine, type AuditRecord } from './audit-record.ts'
import { validateAuditLimits, type AuditLimits } from './limits.ts'

export interface AuditReport {
  readonly records: number
  /** Numbers of the first and last record that hold; what was before has been given up for room. 0 where none is. */
  readonly first: number
  readonly last: number
  /** The hash of the last one: who has written it down elsewhere notices when the end is cut off. */
  readonly hash: string
  /** At the end, of what was being written when the power went: nobody was told that it is there. */
  readonly tornBytes: number
  /** Where it does not hold, and why; nothing behind that was looked at. */
  readonly damage?: { readonly file: DiskPath; readonly line: number; readonly why: string }
}

export interface AuditCheckOptions {
  readonly disk: Disk
  readonly folder: DiskPath
  readonly crypto: Crypto
  readonly limits?: Partial<AuditLimits>
  /** Told of each record that holds, in order. */
  readonly onRecord?: (record: AuditRecord) => void
  readonly signal?: AbortSignal
}

/** Reads all of it. */
export async function checkAuditLog(options: AuditCheckOptions): Promise<AuditReport> {
  const { disk, folder, crypto, onRecord, signal } = options
  const { recordBytesMax, batchBytesMax } = validateAuditLimits(options.limits)
  let report: AuditReport = { records: 0, first: 0, last: 0, hash: firstHash, tornBytes: 0 }
  const paths = await auditFiles(disk, folder)
  const wasCut = paths[0] !== firstAuditFile(folder)
  for (const path of paths) {
    const isLast = path === paths.at(-1)
    let number = 0
    signal?.throwIfAborted()
    const bytes = (await disk.read(path)) ?? new Uint8Array(0)
    for (const { line, start, isWhole } of linesOf(bytes, recordBytesMax)) {
      number++
      const rest = bytes.length - start
      if (!isWhole && isLast && rest <= batchBytesMax) return { ...report, tornBytes: rest }
      const read = line === undefined || !isWhole ? noLine : readAuditLine(crypto, line)
      const why = read.type === 'damaged' ? read.why : whyNotNext(report, read.record.seq, read.before, wasCut)
      if (why !== undefined) {
        const isTorn = isLast && rest <= batchBytesMax && bytes.includes(0, start)
        return isTorn ? { ...report, tornBytes: rest } : { ...report, damage: { file: path, line: number, why } }
      }
      if (read.type === 'damaged') continue
      const { seq } = read.record
      report = { ...report, records: report.records + 1, first: report.first || seq, last: seq, hash: read.hash }
      onRecord?.(read.record)
    }
  }
  return report
}

/** A write that was torn leaves zeros in the place of what is missing, and no record has one. */
const noLine = { type: 'damaged', why: 'it is no line of an audit log' } as const

function whyNotNext(
  { records, last, hash }: AuditReport,
  seq: number,
  before: string,
  wasCut: boolean,
): string | undefined {
  // Where older files were given up for room, the first one that is left cannot be held against anything.
  if (records === 0 && wasCut) return undefined
  if (seq !== last + 1) return `it has the number ${seq} and follows ${last}: something was taken out or put in`
  return before === hash ? undefined : 'it does not follow the line before it: something was changed or put in'
}

interface Line {
  /** Undefined for one that is too long. */
  readonly line: string | undefined
  readonly start: number
  /** It has its end. */
  readonly isWhole: boolean
}

function* linesOf(bytes: Uint8Array, lineBytesMax: number): Generator<Line, undefined> {
  const decoder = new TextDecoder()
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start)
    if (end === -1) {
      yield { line: undefined, start, isWhole: false }
      return undefined
    }
    const line = end - start > lineBytesMax ? undefined : decoder.decode(bytes.subarray(start, end))
    yield { line, start, isWhole: true }
    start = end + 1
  }
  return undefined
}

const newline = 0x0a
