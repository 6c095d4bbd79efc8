import assert from 'node:assert/strict'
import type { ByteStream } from '../../network/index.ts'

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** Bytes that tell where they belong: no two stretches of them are alike for a long way, nor two salts. */
export function content(length: number, salt: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) {
    const mixed = Math.imul(from + index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)
    bytes[index] = (mixed ^ (mixed >>> 15)) >>> 8
  }
  return bytes
}

/** Writes so much content in pieces of odd lengths, each from the same buffer, and ends. */
export async function writeContent(stream: ByteStream, length: number, salt: number): Promise<void> {
  const pieceMax = 70_001
  const buffer = new Uint8Array(pieceMax)
  for (let at = 0, step = 1; at < length; step++) {
    const piece = content(Math.min(1 + ((step * 7_919) % pieceMax), length - at), salt, at)
    buffer.set(piece)
    await stream.write(buffer.subarray(0, piece.byteLength))
    buffer.fill(0)
    at += piece.byteLength
  }
  await stream.end()
}

/** Reads to the end and says how much content it was, if all of it was right. */
export async function readContent(stream: ByteStream, salt: number): Promise<number> {
  let at = 0
  for await (const piece of stream) {
    assert.ok(piece.byteLength > 0, 'no piece is empty')
    assert.ok(equal(piece, content(piece.byteLength, salt, at)), `what came from byte ${at} on is not what was written`)
    at += piece.byteLength
  }
  return at
}

/** Everything up to the far side's end. */
export async function readAll(stream: ByteStream): Promise<Uint8Array> {
  const pieces: number[] = []
  for await (const piece of stream) pieces.push(...piece)
  return Uint8Array.from(pieces)
}

export function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index])
}
