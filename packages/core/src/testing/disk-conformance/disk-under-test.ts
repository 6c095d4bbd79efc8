import assert from 'node:assert/strict'
import type { Disk, DiskErrorCode } from '../../disk/index.ts'
import { FlotillaError } from '../../errors/index.ts'

/** An empty disk, and what can be done to it from outside. */
export interface DiskUnderTest {
  readonly disk: Disk
  /** Opens the same folder again; the test has disposed of the disk, or expects `in-use`. */
  reopen(): Promise<Disk>
  /** Cuts the power of the disk that was opened last and opens what is left; absent where that cannot be done. */
  readonly crash?: (seed: number) => Promise<Disk>
}

/** Called for each case, with a fresh disk each time. */
export type MakeDisk = () => Promise<DiskUnderTest>

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

export async function refuses(code: DiskErrorCode, attempt: () => Promise<unknown>): Promise<void> {
  await assert.rejects(attempt, (error) => error instanceof FlotillaError && error.code === code, `expected ${code}`)
}
