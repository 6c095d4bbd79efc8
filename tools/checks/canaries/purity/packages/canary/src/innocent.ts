// Nothing here is a finding.
import assert from 'node:assert/strict'
import type { Server } from 'node:net'
import { crc32 } from 'node:zlib'
import { sha256 } from '@noble/hashes/sha2.js'
import { performance } from './figures.ts'
import { nodeId } from './node-id.ts'

interface Timers {
  setTimeout(wake: () => void): void
  fetch: typeof fetch
}

export function innocent(process: { now: number }, crypto: Timers, { Date: day }: { Date: Date }): unknown {
  const setInterval = (): void => crypto.setTimeout(() => {})
  const parts: readonly string[] = ['setTimeout', `fetch ${process.now}`]
  try {
    assert(day instanceof Date && AbortSignal.any([]).aborted)
  } catch (fetch) {
    return { fetch, setImmediate: 1, Math: Math.floor(0.5), crc: crc32('') }
  }
  for (const fetch of parts) setInterval satisfies (name?: typeof fetch) => void
  return [
    new Date(process.now),
    Date.UTC(2026),
    performance.now(),
    nodeId('a'),
    sha256,
    undefined as Server | undefined,
  ]
}

export class Worker {
  process = 1
  fetch(): number {
    return this.process
  }
}
