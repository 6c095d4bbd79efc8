import type { Entropy } from '@flotilla/core/random'
import type { SnapshotMark } from '../../types.ts'
import { wrongMark } from '../storage-error.ts'

const idBytes = 16

/** Unlike that of any other snapshot of any node. */
export function drawnSnapshotId(entropy: Entropy): string {
  let id = ''
  for (const byte of entropy.bytes(idBytes)) id += byte.toString(16).padStart(2, '0')
  return id
}

/** Throws `wrong-mark` unless such a snapshot could be: ids of other nodes become names of files here. */
export function checkMark(mark: SnapshotMark): void {
  if (!/^[a-z0-9]{1,64}$/.test(mark.id)) throw wrongMark('its id is not 1 to 64 lower case letters and digits')
  if (!Number.isSafeInteger(mark.bytes) || mark.bytes < 0) throw wrongMark('its length is no whole number')
}
