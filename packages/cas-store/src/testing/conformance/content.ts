import assert from 'node:assert/strict'
import { Prng } from '@flotilla/core/random'
import type { BlobStore, GetOptions } from '../../blobs.ts'

/** Bytes that look like nothing, the same ones for the same seed. */
export function content(seed: number, length: number): Uint8Array {
  const random = new Prng(seed)
  const bytes = new Uint8Array(length)
  const words = new Uint32Array(bytes.buffer, 0, Math.floor(length / 4))
  for (let index = 0; index < words.length; index++) words[index] = random.u32()
  for (let index = words.length * 4; index < length; index++) bytes[index] = random.below(256)
  return bytes
}

export function text(words: string): Uint8Array {
  return new TextEncoder().encode(words)
}

/** A stream of these bytes, in pieces of so many, each of which is overwritten once the next is asked for. */
export async function* stream(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.slice(at, at + pieceBytes)
    await Promise.resolve()
    yield piece
    piece.fill(0xee)
  }
}

export async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const piece of pieces) parts.push(piece.slice())
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export async function read(store: BlobStore, ref: string, options?: GetOptions): Promise<Uint8Array> {
  return readAll(await store.get(ref, options))
}

export async function assertHolds(store: BlobStore, ref: string, expected: Uint8Array): Promise<void> {
  assertSame(await read(store, ref), expected, `the content of ${ref}`)
}

/** Without printing megabytes where they differ. */
export function assertSame(got: Uint8Array, expected: Uint8Array, what: string): void {
  assert.equal(got.length, expected.length, `${what} has ${got.length} bytes in place of ${expected.length}`)
  const at = got.findIndex((byte, index) => byte !== expected[index])
  assert.equal(at, -1, `${what} differs from byte ${at} on`)
}

/** The code with which it rejects, or `nothing` where it does not. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'nothing'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

/** The only item of a list, or a failure that says so. */
export function only<Item>(items: readonly Item[]): Item {
  const [item] = items
  assert.ok(item !== undefined && items.length === 1, `one was expected, not ${items.length}`)
  return item
}

export const missingId: string = '0123456789abcdef'.repeat(4)
