import type { BlobCallOptions } from '../blobs.ts'
import type { LocalStore } from '../store/contract.ts'
import { blobError } from '../store/errors.ts'
import type { BlobId } from '../types.ts'
import { factsIn, isSettled, signatureOf } from './file-signature.ts'

/** A file that somebody else has read: signatures are `size mtimeNs ctimeNs ino dev`, as the file system says them. */
export interface ReadFile {
  /** A full one. */
  readonly path: string
  /** Of a look before it was opened, and of one after all of it was read. */
  readonly before: string
  readonly after: string
  /** By the calendar of this machine, at the first look. */
  readonly beganAtMs: number
}

/**
 * What blob that file was when it was read last, if nobody has written to it since; whether that blob is still there is
 * not said. This store opens no file for it: who asks has looked at the file, and may ask for any blob anyway.
 */
export async function seenFile(
  store: LocalStore,
  { path, signature }: { readonly path: string; readonly signature: string },
): Promise<BlobId | undefined> {
  const facts = factsOf(signature)
  const seen = await store.vault.catalogue.seenFile(path)
  return seen?.signature === signatureOf(facts) ? seen.blob : undefined
}

/** Remembers what blob a file is; whether a later change to it would show, as it is not remembered otherwise. */
export async function seeFile(
  store: LocalStore,
  { path, before, after, beganAtMs }: ReadFile,
  blob: BlobId,
  { signal }: BlobCallOptions = {},
): Promise<boolean> {
  signal?.throwIfAborted()
  const facts = factsOf(before)
  if (!isSettled(facts, factsOf(after), beganAtMs)) return false
  await store.vault.catalogue.commit([{ type: 'see-file', file: { path, signature: signatureOf(facts), blob } }])
  return true
}

function factsOf(signature: string): ReturnType<typeof factsIn> & object {
  const facts = factsIn(signature)
  if (facts !== undefined) return facts
  throw blobError('wrong-request', 'that is no signature of a file', {
    hint: 'give its size, mtimeNs, ctimeNs, ino and dev, with a space between them',
  })
}
