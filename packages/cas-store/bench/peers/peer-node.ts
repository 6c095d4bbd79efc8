/** A node of ours as a process: either end of a transfer of chunks. */
import { mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeDisk } from '@flotilla/core/disk/node'
import type { NodeId } from '@flotilla/core/ids'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { serve } from '@flotilla/core/testing/node'
import { meshOrders } from '@flotilla/transport/testing/node'
import type { Catalogue } from '../../src/catalogue/contract.ts'
import { sqliteCatalogue } from '../../src/catalogue/node-sqlite-catalogue.ts'
import { gearTable } from '../../src/chunking/gear.ts'
import { chunkPlanDefault } from '../../src/chunking/plan.ts'
import type { IdentitySecret } from '../../src/sealing/contract.ts'
import { identityOf } from '../../src/sealing/identity.ts'
import { threadWorkshop } from '../../src/sealing/node-thread-workshop.ts'
import { readBlob } from '../../src/tree/blob-reader.ts'
import { writeBlob } from '../../src/tree/blob-writer.ts'
import { encodeDescriptor } from '../../src/tree/descriptor-codec.ts'
import { createTransfer, type IdentifiedBlob, type Transfer } from '../../src/transfer/index.ts'
import { arrival } from '../../src/transfer/serving/push-receiving.ts'
import type { BlobDescriptor, BlobId, KeyEpoch } from '../../src/types.ts'
import { createVault, type Vault } from '../../src/vault/index.ts'

const secret = new Uint8Array(32).fill(9) as IdentitySecret
const crypto = nodeCrypto()
const identity = identityOf(crypto, secret)
const blobIdOf = (descriptor: BlobDescriptor): BlobId => identity.blobIdOf(encodeDescriptor(descriptor))
const pieceBytes = 2 ** 20

let vault: Vault
let transfer: Transfer
let catalogue: Catalogue

const { start, connect } = meshOrders(async ({ network }, { folder }) => {
  await mkdir(folder, { recursive: true })
  const entropy = nodeEntropy()
  const clock = nodeClock()
  const epoch = 1 as KeyEpoch
  const workshop = threadWorkshop({
    identity: secret,
    keys: { newest: epoch, keys: new Map([[epoch, entropy.bytes(32)]]) },
  })
  catalogue = await sqliteCatalogue({ path: join(folder, 'catalogue.sqlite') })
  await catalogue.commit([{ type: 'set-key', key: { epoch, wrapped: new Uint8Array(32), atMs: 0 } }])
  const disk = await nodeDisk({ folder: join(folder, 'store') })
  vault = createVault({ disk, catalogue, workshop, entropy, clock })
  const freeBytes = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  }
  transfer = createTransfer({ network, vault, workshop, blobIdOf, clock, hooks: { freeBytes } })
})

async function* randomContent(bytes: number): AsyncGenerator<Uint8Array> {
  const entropy = nodeEntropy()
  for (let left = bytes; left > 0; left -= pieceBytes) yield entropy.bytes(Math.min(left, pieceBytes))
}

/** Puts random content here. */
async function put(bytes: number): Promise<IdentifiedBlob> {
  await using session = vault.session()
  const written = await writeBlob(randomContent(bytes), {
    sink: session,
    plan: chunkPlanDefault,
    gear: gearTable(crypto, secret),
  })
  const { size, depth, root } = written
  const blob: IdentifiedBlob = { id: blobIdOf(written), size, depth, root }
  await session.commit(arrival(blob, 0))
  return blob
}

/** Reads a blob from peers, verifies it, and keeps nothing. */
async function read({ blob, from }: { blob: IdentifiedBlob; from: readonly NodeId[] }): Promise<number> {
  await using source = transfer.source(() => from)
  let bytes = 0
  for await (const piece of readBlob(blob, { source, borrow: true })) bytes += piece.length
  return bytes
}

async function pull({ blob, from }: { blob: IdentifiedBlob; from: readonly NodeId[] }): Promise<number> {
  return (await transfer.pull(blob, () => from)).bytesFetched
}

async function bring({ blob, to }: { blob: IdentifiedBlob; to: NodeId }): Promise<number> {
  return (await transfer.bring(blob, to)).bytesSent
}

async function readHere(blob: IdentifiedBlob): Promise<number> {
  let bytes = 0
  for await (const piece of readBlob(blob, { source: vault })) bytes += piece.length
  return bytes
}

serve({ start, connect, put, read, pull, bring, readHere, cpu: () => process.cpuUsage() })
