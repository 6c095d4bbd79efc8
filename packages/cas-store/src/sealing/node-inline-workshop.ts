import type { Crypto } from '@flotilla/core/crypto'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Entropy } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { forgetSchedules, schedulesOf, type KeySchedules } from './chunk-keys.ts'
import { sealFiles } from '../files/threads/node-file-batch.ts'
import type { DataKeys, IdentitySecret, Workshop } from './contract.ts'
import { idKeyOf } from './identity.ts'
import { nodeChunkCipher, nodeChunkCompressor } from './node-chunk-cipher.ts'
import { packedBytesMaxOf, packedIn } from './packed-chunks.ts'
import { Workbench } from './workbench.ts'
import { workshopClosed } from './workshop-error.ts'

export interface InlineWorkshopOptions {
  readonly identity: IdentitySecret
  readonly keys: DataKeys
  /** Of nonces; the simulator gives one that it can replay. */
  readonly entropy?: Entropy
  readonly crypto?: Crypto
}

/** Works in the caller's thread, at once: for tiny stores and for the simulator. */
export function inlineWorkshop(options: InlineWorkshopOptions): Workshop {
  const { identity, crypto = nodeCrypto(), entropy = nodeEntropy() } = options
  const takeKeys = (keys: DataKeys): KeySchedules => schedulesOf(crypto, keys, (length) => new Uint8Array(length))
  let keys = takeKeys(options.keys)
  const idKey = idKeyOf(crypto, identity)
  const cipher = nodeChunkCipher()
  const bench = new Workbench({ crypto, cipher, compressor: nodeChunkCompressor(), entropy, idKey, keys })
  idKey.fill(0)
  let isClosed = false
  const done = <Result>(work: () => Result): Promise<Result> =>
    isClosed ? Promise.reject(workshopClosed()) : new Promise((resolve) => resolve(work()))
  return {
    get epoch() {
      return keys.newest
    },
    slab: (byteLength) => new Uint8Array(byteLength),
    identify: (kind, chunks) => done(() => bench.identify(kind, chunks)),
    seal: (chunks) => done(() => bench.seal(chunks)),
    pack: (chunks) =>
      done(() => {
        const room = new Uint8Array(packedBytesMaxOf(chunks))
        return packedIn(room, chunks, bench.pack(chunks, room))
      }),
    open: (chunks, how) => done(() => bench.open(chunks, how)),
    sealFiles: (files) => done(() => sealFiles(bench, files)),
    useKeys(newKeys) {
      if (isClosed) return
      forgetSchedules(keys)
      keys = takeKeys(newKeys)
      bench.useKeys(keys)
    },
    [Symbol.asyncDispose]() {
      isClosed = true
      bench[Symbol.dispose]()
      forgetSchedules(keys)
      return Promise.resolve()
    },
  }
}
