import { decodeConfiguration } from '../../core/configuration-codec.ts'
import type { Configuration } from '../../types.ts'
import type { Chronicle } from './chronicle.ts'
import type { LogRecord } from './log-record.ts'

/** All that stand in a log, oldest first: the last is in force, the first may have been when the log began. */
export function configurationsOf(chronicle: Chronicle, log: LogRecord): readonly Configuration[] {
  const placed = log.entries.filter(({ kind }) => kind === 'configuration')
  return [log.snapshot.configuration ?? chronicle.beginning, ...placed.map(({ data }) => decodeConfiguration(data))]
}
