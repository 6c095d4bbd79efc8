/** What a file system says about a file. */
export interface FileFacts {
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly ino: bigint
  readonly dev: bigint
}

/**
 * A change so shortly before a look may be followed by another one that leaves no trace: file systems count time in
 * steps, of two seconds at worst.
 */
export const settledAfterMs = 2_000

/** The same as long as nobody has written to the file, as far as its file system tells. */
export function signatureOf({ size, mtimeNs, ctimeNs, ino, dev }: FileFacts): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${ino} ${dev}`
}

/** The facts of which that is the signature; undefined where it is none. */
export function factsIn(signature: string): FileFacts | undefined {
  const [, size, mtimeNs, ctimeNs, ino, dev] = signatureForm.exec(signature) ?? []
  if (size === undefined || mtimeNs === undefined || ctimeNs === undefined) return undefined
  if (ino === undefined || dev === undefined) return undefined
  return {
    size: BigInt(size),
    mtimeNs: BigInt(mtimeNs),
    ctimeNs: BigInt(ctimeNs),
    ino: BigInt(ino),
    dev: BigInt(dev),
  }
}

const signatureForm = /^(\d{1,20}) (-?\d{1,20}) (-?\d{1,20}) (\d{1,20}) (\d{1,20})$/

/** Whether what was read between two looks is what the file is, and any later change will show. */
export function isSettled(before: FileFacts, after: FileFacts, beganAtMs: number): boolean {
  const changedAtMs = Number((before.mtimeNs > before.ctimeNs ? before.mtimeNs : before.ctimeNs) / 1_000_000n)
  return hasSameSignature(before, after) && beganAtMs - changedAtMs > settledAfterMs
}

/** Told without writing any: numbers of 64 bits take long to write. */
function hasSameSignature(one: FileFacts, other: FileFacts): boolean {
  return (
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs &&
    one.ino === other.ino &&
    one.dev === other.dev
  )
}
