import { basename, extname, join } from 'node:path'
import { Prng } from '@flotilla/core/random'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tryFlip, type Flip, type FlipEnd } from './node-flip-trial.ts'
import { filesOf, makeFlipWorld, type FlipWorld, type ImageFile } from './node-flip-world.ts'

const flips = Number(process.env['FLOTILLA_FLIPS'] ?? 24)
const seed = Number(process.env['FLOTILLA_FLIPS_SEED'] ?? 1)
/** Where SQLite's files say what they are: few bytes, of which each means something. */
const headBytes = 100

let world: FlipWorld

beforeAll(async () => {
  world = await makeFlipWorld()
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

/** What a file is, by its name. */
function kindOf({ path }: ImageFile): string {
  if (path === 'key') return 'key'
  return extname(path) === '' ? basename(path) : extname(path)
}

/** Each kind of file as often as the others, whatever its length. */
async function chosen(prng: Prng): Promise<readonly Flip[]> {
  const closed = await filesOf(join(world.folder, 'closed'))
  // The log of the database is there only while it is open, and then it holds everything.
  const open = (await filesOf(join(world.folder, 'open'))).filter((file) => kindOf(file) === '.sqlite-wal')
  expect(open).toHaveLength(1)
  const files = [
    ...closed.map((file) => ({ image: 'closed' as const, file })),
    ...open.map((file) => ({ image: 'open' as const, file })),
  ]
  const kinds = Map.groupBy(files, ({ file }) => kindOf(file))
  expect([...kinds.keys()].toSorted()).toEqual(['.pack', '.sqlite', '.sqlite-wal', 'key', 'keys', 'owner~'])
  expect(kinds.get('.pack')?.length).toBeGreaterThan(3)
  const weighty = ['.pack', '.sqlite', '.sqlite', '.sqlite-wal']
  return Array.from({ length: flips }, (_, index) => {
    const kind = index % 8 === 0 ? prng.pick(['key', 'keys', 'owner~']) : prng.pick(weighty)
    const { image, file } = prng.pick(kinds.get(kind) ?? [])
    const end = prng.chance(1, 4) ? Math.min(headBytes, file.bytes.length) : file.bytes.length
    return { image, file, position: prng.below(end), bit: prng.below(8) }
  })
}

function summaryOf(flip: Flip, end: FlipEnd): string {
  const said = end.type === 'refused' ? end.code : end.type === 'told' && !end.isMended ? 'not mended' : ''
  return `${kindOf(flip.file)} ${end.type} ${said}`.trim()
}

/** What must not be, even though nothing wrong was read. */
function complaintOf({ file, position, bit }: Flip, end: FlipEnd): readonly string[] {
  const kind = kindOf(file)
  const isWrong = (end.type === 'last-lost' && kind !== '.sqlite-wal') || (end.type === 'refused' && kind === '.pack')
  return isWrong ? [`bit ${bit} of byte ${position} of ${file.path}: ${end.type}`] : []
}

test(
  `one of ${flips} flipped bits, in any file, is told or harmless, and never gives wrong bytes`,
  {
    timeout: 120_000 + flips * 10_000,
  },
  async ({ annotate }) => {
    const tally = new Map<string, number>()
    const told: string[] = []
    const complaints: string[] = []
    try {
      for (const flip of await chosen(new Prng(seed))) {
        const end = await tryFlip(world, flip)
        const summary = summaryOf(flip, end)
        tally.set(summary, (tally.get(summary) ?? 0) + 1)
        told.push(`${summary} at ${flip.position}.${flip.bit}`)
        complaints.push(...complaintOf(flip, end))
      }
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    expect({ seed, complaints }).toEqual({ seed, complaints: [] })
    await annotate([...tally].map(([summary, count]) => `${summary}: ${count}`).join('\n'))
    if (process.env['FLOTILLA_FLIPS'] !== undefined) await annotate(told.join('\n'))
  },
)
