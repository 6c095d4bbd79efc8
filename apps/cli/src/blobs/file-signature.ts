import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'

/** A file as it was at one moment; its signature is another as soon as somebody has written to it. */
export interface FileLook {
  readonly path: string
  readonly signature: string
  readonly atMs: number
}

/** Undefined where it is no plain file, or cannot be looked at: whoever reads it hears why. */
export async function lookAt(file: string): Promise<FileLook | undefined> {
  if (file === '-') return undefined
  const path = resolve(file)
  const atMs = Date.now()
  try {
    const facts = await stat(path, { bigint: true })
    return facts.isFile() ? { path, signature: signatureOf(facts), atMs } : undefined
  } catch {
    return undefined
  }
}

export function signatureOf({ size, mtimeNs, ctimeNs, ino, dev }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs, ino, dev].join(' ')
}
