import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { StorageErrorCode } from './storage.ts'

/** Damage to what was durable. Whoever sees it changes nothing. */
export function corrupt(file: string, offset: number, why: string, cause?: unknown): ProtocolError<StorageErrorCode> {
  const hint =
    'do not delete or repair it blindly: remove this node from its groups and join it anew with an empty folder, ' +
    'or restore the file; nothing was changed'
  return new ProtocolError('corrupt', `the raft storage of this node is damaged: ${file}, byte ${offset}: ${why}`, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  })
}

export function unknownFormat(file: string, version: number, known: number): FlotillaError<StorageErrorCode> {
  return new FlotillaError('unknown-format', `${file} has format version ${version}; this program knows ${known}`, {
    hint: 'start the newer program that wrote it; nothing was changed',
  })
}

export function storageClosed(): FlotillaError<StorageErrorCode> {
  return new FlotillaError('closed', 'the raft storage is closed', { hint: 'open it again' })
}

/** A mark that no storage can have made, from another node. */
export function wrongMark(why: string): ProtocolError<StorageErrorCode> {
  return new ProtocolError('wrong-mark', `that is no snapshot: ${why}`, { hint: 'look at the node that sent it' })
}

/** What a failed disk means for the storage: the same for every later write. */
export function failed(doing: string, cause: unknown): FlotillaError<StorageErrorCode> {
  if (cause instanceof FlotillaError && cause.code === 'disk-full') {
    return new FlotillaError('disk-full', `the disk is full; the raft storage could not ${doing}`, {
      cause,
      hint: 'free some space, then start the node again; everything durable is intact',
    })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FlotillaError('io-failed', `the raft storage could not ${doing}: ${reason}`, {
    cause,
    hint: 'look at the health of the disk, then start the node again: it recovers as after a crash',
  })
}
