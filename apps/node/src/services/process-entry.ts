import type { ProcessFigures } from '@flotilla/procmon'
import type { NodeReference, ProcessEntry } from './machine-answers.ts'

/** A process as the API says it. */
export function processEntry(process: ProcessFigures & { readonly vm?: string }, node: NodeReference): ProcessEntry {
  const { vm = null, privateBytes = null, openFiles = null, startedAtMs, ...rest } = process
  const { readBytesPerSecond = null, writtenBytesPerSecond = null } = process
  return {
    ...rest,
    node,
    vm,
    privateBytes,
    openFiles,
    readBytesPerSecond,
    writtenBytesPerSecond,
    startedAt: new Date(startedAtMs).toISOString(),
  }
}
