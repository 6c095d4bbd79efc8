import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import type { CheckFinding, CheckReport, LocalStore } from '../store/contract.ts'
import { openFlipped, pictureOf, type FlipWorld, type ImageFile, type Picture } from './node-flip-world.ts'

export interface Flip {
  readonly image: 'closed' | 'open'
  readonly file: ImageFile
  readonly position: number
  readonly bit: number
}

/** How a flipped bit came out. */
export type FlipEnd =
  /** The store does not open, and says so with this code. */
  | { readonly type: 'refused'; readonly code: string }
  /** A check told of it. */
  | { readonly type: 'told'; readonly findings: readonly CheckFinding[]; readonly isMended: boolean }
  /** All is as it was. */
  | { readonly type: 'silent' }
  /** It looks as if a crash had interrupted the very last commit. */
  | { readonly type: 'last-lost' }

/** What a file that is damaged may make a call reject with. */
const honest: ReadonlySet<string> = new Set(['corrupt', 'unavailable', 'not-found', 'wrong-key', 'unknown-version'])
/** So that one that hangs says which. */
const patienceMs = 100_000

/** Opens a copy of the store in which that one bit is another, and throws if it then gives or hides anything wrong. */
export async function tryFlip(world: FlipWorld, flip: Flip): Promise<FlipEnd> {
  const { file, position, bit, image } = flip
  const folder = await mkdtemp(join(world.folder, 'trial-'))
  const what = `bit ${bit} of byte ${position} of ${file.path}, ${image}`
  let timer: NodeJS.Timeout | undefined
  try {
    await cp(join(world.folder, image), folder, { recursive: true })
    const flipped = Uint8Array.from(file.bytes)
    flipped[position] = (flipped[position] ?? 0) ^ (1 << bit)
    await writeFile(join(folder, file.path), flipped)
    const hanging = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it hangs')), patienceMs)
    })
    return await Promise.race([trial(world, folder, flip), hanging])
  } catch (error) {
    throw new Error(what, { cause: error })
  } finally {
    clearTimeout(timer)
    await rm(folder, { recursive: true })
  }
}

async function trial(world: FlipWorld, folder: string, flip: Flip): Promise<FlipEnd> {
  const opened = await orRefusal(openFlipped(folder))
  if (typeof opened === 'string') return { type: 'refused', code: opened }
  try {
    return await examine(world, opened, flip)
  } finally {
    await orRefusal(Promise.resolve(opened[Symbol.asyncDispose]()))
  }
}

async function examine(world: FlipWorld, store: LocalStore, { file }: Flip): Promise<FlipEnd> {
  const before = await orRefusal(pictureOf(store))
  if (typeof before !== 'string') assertNothingWrong(before, world.expected)
  const findings: CheckFinding[] = []
  const report = await orRefusal(
    store.check({ mendCatalogue: false, onFinding: (finding) => void findings.push(finding) }),
  )
  if (typeof report !== 'string' && isClean(report)) {
    assert.equal(findings.length, 0)
    const after = await pictureOf(store)
    if (isSame(after, world.beforeLast)) return { type: 'last-lost' }
    assert.ok(isSame(after, world.expected), 'something is wrong or lost, and the check finds nothing')
    assert.deepEqual(before, world.expected)
    return { type: 'silent' }
  }
  if (typeof report !== 'string') assertNamed(findings, report)
  const left = await orRefusal(pictureOf(store))
  if (typeof left !== 'string') assertNothingWrong(left, world.expected)
  return { type: 'told', findings, isMended: await mend(world, store, file.path.endsWith('.pack')) }
}

/** With the twin's help, and by giving up rows of the catalogue. */
async function mend(world: FlipWorld, store: LocalStore, isPack: boolean): Promise<boolean> {
  const mending = await orRefusal(store.check({ bring: world.bring }))
  const again = typeof mending === 'string' ? mending : await orRefusal(store.check())
  const isMended = typeof again !== 'string' && isClean(again)
  const mended = await orRefusal(pictureOf(store))
  if (typeof mended === 'string') assert.ok(!isMended, `it was mended, and still ${mended}`)
  else assertNothingWrong(mended, world.expected)
  if (isPack) assert.deepEqual({ isMended, mended }, { isMended: true, mended: world.expected })
  return isMended
}

/** Every blob that is there is the one that was put, or says why it cannot be read. */
function assertNothingWrong(got: Picture, expected: Picture): void {
  for (const [id, digest] of got.blobs) {
    if (digest.startsWith('!')) assert.ok(honest.has(digest.slice(1)), `${id} rejects with ${digest}`)
    else assert.equal(digest, expected.blobs.get(id), `wrong bytes of ${id}`)
  }
  const names = new Set(expected.names.split('\n'))
  const strange = got.names.split('\n').filter((line) => line !== '' && !names.has(line.replace(': pinned ', ': ')))
  assert.deepEqual(
    strange.filter((line) => !names.has(line) && !names.has(line.replace(': ', ': pinned '))),
    [],
    'what nobody has ever said',
  )
}

/** Where it is: a chunk or a pack, or a table of the catalogue. */
function assertNamed(findings: readonly CheckFinding[], { damaged, missing }: CheckReport): void {
  assert.ok(findings.length >= Math.max(damaged, missing))
  for (const finding of findings) {
    if (finding.type === 'chunk-damaged') assert.match(finding.damage.pack, /^[0-9a-f]{32}$/)
    else if (finding.type === 'chunk-missing') assert.ok(finding.blobs.length > 0)
    else assert.ok(finding.damage.table !== '' && finding.damage.why !== '')
  }
}

function isClean({ damaged, missing, blobsHurt }: CheckReport): boolean {
  return damaged === 0 && missing === 0 && blobsHurt.length === 0
}

function isSame(one: Picture, other: Picture): boolean {
  return one.names === other.names && JSON.stringify([...one.blobs]) === JSON.stringify([...other.blobs])
}

/** The code with which it honestly rejects; anything else is thrown. */
async function orRefusal<Value>(work: Promise<Value>): Promise<Value | string> {
  try {
    return await work
  } catch (error) {
    if (error instanceof FlotillaError && honest.has(String(error.code))) return String(error.code)
    throw error
  }
}
