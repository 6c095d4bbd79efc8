import type { ContentClient } from '../running-node/content-client.ts'
import type { NodeClient } from '../running-node/node-client.ts'
import { NodeRefusal } from '../running-node/node-refusal.ts'
import type { Progress } from '../terminal/progress-bar.ts'
import { lookAt, type FileLook } from './file-signature.ts'
import { readPutBlob, type PutBlob } from './put-blob.ts'
import { uploadFile, type UploadWish } from './upload.ts'

export interface PutWish extends UploadWish {
  /** Sends it whatever is known about it. */
  readonly force: boolean
}

export interface PutFile extends PutBlob {
  /** It was put before and has not changed since, so it was not read. */
  readonly unchanged: boolean
}

/** Puts a file, without sending it where the node knows that it is what it was when it was put before. */
export async function putFile(
  clients: { readonly content: ContentClient; readonly node: NodeClient },
  wish: PutWish,
  onProgress: (progress: Progress) => void,
): Promise<PutFile> {
  const before = await lookAt(wish.from)
  // So many copies are promised only by a put.
  const mayBeKnown = before !== undefined && !wish.force && wish.copies === undefined
  const known = mayBeKnown ? await knownAs(clients.node, before, wish.name) : undefined
  if (known !== undefined) return { ...known, unchanged: true }
  const { put, signature } = await uploadFile(clients.content, wish, onProgress)
  if (before !== undefined && signature !== undefined) await remember(clients.node, { ...before, signature }, put.id)
  return { ...put, unchanged: false }
}

async function knownAs(client: NodeClient, look: FileLook, name: string | undefined): Promise<PutBlob | undefined> {
  const { path, signature } = look
  const document = { path, signature, ...(name === undefined ? {} : { name }) }
  return unlessRefused(() =>
    client.post('/v1/blob/seen', document, (answer) =>
      answer.optional('blob', () => readPutBlob(answer.object('blob'))),
    ),
  )
}

async function remember(client: NodeClient, before: FileLook, id: string): Promise<void> {
  const after = await lookAt(before.path)
  if (after === undefined) return
  const { path, signature, atMs: beganAtMs } = before
  const document = { path, before: signature, after: after.signature, beganAtMs, id }
  try {
    await client.post('/v1/blob/see', document, (answer) => answer.flag('seen'))
  } catch {
    // The file is in the store all the same; the next time it is sent again.
  }
}

/** What a node does not want to know of a file says nothing about whether it takes it. */
async function unlessRefused<Value>(act: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof NodeRefusal) return undefined
    throw error
  }
}
