import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { assert, unreachable } from '@flotilla/core/errors'
import { nodeEntropy } from '@flotilla/core/random/node'
import { sealFiles } from '../../files/threads/node-file-batch.ts'
import { freeMemory } from '../freed-memory.ts'
import { nodeChunkCipher, nodeChunkCompressor } from '../node-chunk-cipher.ts'
import { nodeNameHash } from '../node-name-hash.ts'
import { Workbench } from '../workbench.ts'
import { memoryOf, type OpenedThere, type Part, type PartResult } from './part.ts'
import type { FromThread, ThreadStart, ToThread } from './thread-messages.ts'

/** Called in a thread of its own: works until it is told to close. */
export function serveWorkshop(): void {
  const port = parentPort
  assert(port !== null, 'a workshop is served in a worker thread')
  const { idKey, keys } = workerData as ThreadStart
  const bench = new Workbench({
    crypto: nodeCrypto(),
    nameHash: nodeNameHash(),
    cipher: nodeChunkCipher(),
    compressor: nodeChunkCompressor(),
    entropy: nodeEntropy(),
    idKey,
    keys,
  })
  port.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'work':
        answer(
          port,
          message.parts.map((part) => resultOf(bench, part)),
        )
        return
      case 'use-keys':
        bench.useKeys(message.keys)
        port.postMessage({ type: 'keys-used' } satisfies FromThread)
        return
      case 'close':
        bench[Symbol.dispose]()
        port.close()
    }
  })
}

function resultOf(bench: Workbench, part: Part): PartResult {
  try {
    return done(bench, part)
  } catch (error) {
    return { type: 'broken', why: error instanceof Error ? error.message : String(error) }
  }
}

function done(bench: Workbench, part: Part): PartResult {
  switch (part.type) {
    case 'identify':
      return { type: 'identify', ids: bench.identify(part.kind, part.chunks) }
    case 'seal':
      return { type: 'seal', sealed: bench.seal(part.chunks) }
    case 'pack':
      return { type: 'pack', packed: bench.pack(part.chunks, part.room) }
    case 'seal-files':
      return { type: 'seal-files', sealed: sealFiles(bench, part.files) }
    case 'open':
      return { type: 'open', opened: bench.open(part.chunks, part.options).map(toHandOver) }
    default:
      return unreachable(part, 'part')
  }
}

type Opened = ReturnType<Workbench['open']>[number]

/** Memory that is a part of something else cannot be handed over: Node's pool for small pieces is such. */
function toHandOver(chunk: Opened): OpenedThere {
  if (chunk.type !== 'opened') return chunk
  if (chunk.bytes.buffer instanceof SharedArrayBuffer) return { type: 'in-place', length: chunk.bytes.length }
  if (chunk.bytes.buffer.byteLength === chunk.bytes.length) return chunk
  const bytes = chunk.bytes.slice()
  freeMemory(chunk.bytes)
  return { type: 'opened', bytes }
}

function answer(port: MessagePort, results: readonly PartResult[]): void {
  const handedOver = new Set<ArrayBuffer>()
  for (const result of results) {
    for (const { buffer } of memoryOf(result)) if (buffer instanceof ArrayBuffer) handedOver.add(buffer)
  }
  port.postMessage({ type: 'done', results } satisfies FromThread, [...handedOver])
}
