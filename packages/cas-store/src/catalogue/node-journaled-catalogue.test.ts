import { diskPath, type Disk } from '@flotilla/core/disk'
import { Prng } from '@flotilla/core/random'
import { memoryDisk, type DiskFaults, type DiskOperation, type MemoryDisk } from '@flotilla/core/testing'
import { nodeEntropy } from '@flotilla/core/random/node'
import { expect, test } from 'vitest'
import { CatalogueTwin } from '../testing/catalogue-conformance/catalogue-twin.ts'
import { adds, addsBlob, chunkId, names } from '../testing/catalogue-conformance/catalogue-under-test.ts'
import { drawnChanges } from '../testing/catalogue-conformance/drawn-changes.ts'
import { expected, observed } from '../testing/catalogue-conformance/observation.ts'
import type { Catalogue, CatalogueChange } from './contract.ts'
import type { CatalogueLimits } from './limits.ts'
import { journaledCatalogue } from './node-journaled-catalogue.ts'

const limits: Partial<CatalogueLimits> = { journalBytesMin: 4_096 }
const path = diskPath('catalogue')

function opened(disk: Disk): Promise<Catalogue> {
  return journaledCatalogue({ disk, entropy: nodeEntropy(), limits })
}

const note = (value: string): CatalogueChange => ({ type: 'set-note', key: 'one', value })

/** Fails operations as a function says. */
class Faults implements DiskFaults {
  fail: (operation: DiskOperation) => Parameters<Parameters<DiskFaults['begin']>[1]>[0] = () => undefined

  begin(operation: DiskOperation, finish: Parameters<DiskFaults['begin']>[1]): void {
    finish(this.fail(operation))
  }
}

async function code(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: { readonly code?: string; readonly message: string }) => error.code ?? error.message,
  )
}

async function rewrites(catalogue: Catalogue, stored: MemoryDisk, times: number): Promise<void> {
  for (let count = 0; count < times; count++) await catalogue.commit([note('x'.repeat(4_000) + String(count))])
  expect(stored.paths()).toEqual([path])
}

test('a full disk refuses, and nothing of what it refused has happened', async () => {
  const stored = memoryDisk()
  const disk = stored.open()
  const catalogue = await opened(disk)
  await catalogue.commit([note('1'), adds(1)])
  stored.capacityBytes = 0
  const outcomes = await Promise.all([
    code(catalogue.commit([note('2'), adds(2)])),
    catalogue.note('one'),
    catalogue.touch([chunkId(1), chunkId(2)]).then((places) => places.map((place) => place !== undefined)),
    code(catalogue.commit([addsBlob(1)])),
  ])
  expect(outcomes).toEqual(['disk-full', '1', [true, false], 'disk-full'])
  expect(await code(catalogue.commit([note('3')]))).toBe('disk-full')
  stored.capacityBytes = 2 ** 30
  await catalogue.commit([names('a', 1)])
  await catalogue[Symbol.asyncDispose]()
  const next = await opened(disk)
  expect([await next.note('one'), (await next.name('a'))?.name]).toEqual(['1', 'a'])
  expect((await next.counts()).chunks).toBe(1)
})

test('a sync that fails is made up for, or poisons', async () => {
  const faults = new Faults()
  const stored = memoryDisk({ faults })
  const catalogue = await opened(stored.open())
  await catalogue.commit([note('1')])
  let failures = 1
  faults.fail = ({ type }) => (type === 'sync' && failures-- > 0 ? { code: 'io-failed' } : undefined)
  expect(await code(catalogue.commit([note('2')]))).toBeUndefined()
  failures = 10
  expect(await code(catalogue.commit([note('3')]))).toBe('poisoned')
  faults.fail = () => undefined
  expect(await code(catalogue.commit([note('4')]))).toBe('poisoned')
  expect(await code(catalogue.note('one'))).toBe('poisoned')
  stored.kill(new Prng(1))
  const next = await opened(stored.open())
  expect(['2', '3']).toContain(await next.note('one'))
})

test('a journal that is long is written anew, with all there is', async () => {
  const stored = memoryDisk()
  const disk = stored.open()
  const first = await opened(disk)
  await first.commit([adds(1, 2), addsBlob(1)])
  await rewrites(first, stored, 300)
  await first.commit([addsBlob(2)])
  const whole = await observed(first)
  await first[Symbol.asyncDispose]()
  const file = await disk.read(path)
  expect(file?.length).toBeLessThan(600_000)
  expect(await observed(await opened(disk))).toBe(whole)
})

test('a rewriting that fails early leaves the journal, one that fails late poisons', async () => {
  const faults = new Faults()
  const stored = memoryDisk({ faults })
  const disk = stored.open()
  const first = await opened(disk)
  faults.fail = ({ type, path: at }) =>
    type === 'write' && at === `${path}.next` ? { code: 'disk-full', bytesWritten: 100 } : undefined
  await rewrites(first, stored, 40)
  faults.fail = ({ type }) => (type === 'rename' ? { code: 'io-failed', happens: true } : undefined)
  const codes = new Set<string | undefined>()
  let last = ''
  for (let count = 0; count < 400 && !codes.has('poisoned'); count++) {
    const said = await code(first.commit([note('y'.repeat(4_000) + String(count))]))
    codes.add(said)
    if (said === undefined) last = 'y'.repeat(4_000) + String(count)
  }
  expect([...codes]).toEqual([undefined, 'poisoned'])
  faults.fail = () => undefined
  await code(Promise.resolve(first[Symbol.asyncDispose]()))
  expect(await (await opened(disk)).note('one')).toBe(last)
})

test('a bit that flips while it is open is found, and mended', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const stored = memoryDisk()
    const disk = stored.open()
    const catalogue = await opened(disk)
    await catalogue.commit([adds(1, 2, 3), addsBlob(1)])
    await catalogue.commit([note('1')])
    stored.rot(path, new Prng(seed), { from: 512 })
    const damage = await catalogue.verify(10)
    expect(damage.map(({ table }) => table)).toEqual(['journal'])
    expect(await catalogue.mend()).toEqual(damage)
    expect(await catalogue.verify(10)).toEqual([])
    const whole = await observed(catalogue)
    await catalogue[Symbol.asyncDispose]()
    expect(await observed(await opened(disk))).toBe(whole)
  }
})

test('a bit that flips while it is closed is never taken for what was written', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const stored = memoryDisk()
    const disk = stored.open()
    const first = await opened(disk)
    await rewrites(first, stored, 3)
    await first.commit([adds(1, 2, 3), addsBlob(1)])
    const whole = await observed(first)
    await first[Symbol.asyncDispose]()
    stored.rot(path, new Prng(seed))
    const found = await opened(disk).then(observed, (error: { readonly code?: string }) => error.code)
    expect(['corrupt', 'unknown-version', whole], `seed ${seed}`).toContain(found)
  }
})

/** What the catalogue may be, when some commits have resolved and others were refused in a way that leaves it open. */
async function drawnLife(catalogue: Catalogue, twin: CatalogueTwin, prng: Prng): Promise<CatalogueTwin[]> {
  const possible = [twin]
  for (let count = prng.between(1, 30); count > 0; count--) {
    const present = possible[0] as CatalogueTwin
    const changes = drawnChanges(prng, present)
    const next = present.copy()
    const isTaken = next.commit(changes)
    const said = await code(catalogue.commit(changes))
    if (said === 'disk-full' || said === 'io-failed') continue
    if (said === 'poisoned') return isTaken ? [present, next] : [present]
    expect(said === undefined).toBe(isTaken)
    if (isTaken) possible[0] = next
  }
  const seen = await observed(catalogue).catch((error: { readonly code?: string }) => error.code)
  // The journal may have been written anew behind the last commit, and that have failed.
  expect(['poisoned', expected(possible[0] as CatalogueTwin)]).toContain(seen)
  return possible
}

test('whatever the disk refuses, what resolved has happened and what was refused has not', async () => {
  const poisonings: number[] = []
  for (let seed = 1; seed <= 30; seed++) {
    const prng = new Prng(seed)
    const faults = new Faults()
    const stored = memoryDisk({ faults })
    let twin = new CatalogueTwin()
    for (let life = 0; life < 5; life++) {
      const catalogue = await opened(stored.open())
      const drawn = prng.split('faults')
      faults.fail = () => (drawn.chance(1, 25) ? drawnFailure(drawn) : undefined)
      const possible = await drawnLife(catalogue, twin, prng)
      faults.fail = () => undefined
      if (possible.length > 1) poisonings.push(seed)
      stored.crash(prng)
      const disk = stored.open()
      const next = await opened(disk)
      const found = await observed(next)
      twin = possible.find((each) => expected(each) === found) as CatalogueTwin
      expect(twin, `seed ${seed}, life ${life}`).toBeDefined()
      twin.restart()
      await next[Symbol.asyncDispose]()
      await disk[Symbol.asyncDispose]()
    }
  }
  expect(poisonings.length, 'some lives end in doubt').toBeGreaterThan(2)
})

function drawnFailure(prng: Prng): { code: 'disk-full' | 'io-failed'; bytesWritten: number; happens: boolean } {
  return {
    code: prng.pick(['disk-full', 'disk-full', 'io-failed']),
    bytesWritten: prng.below(2_000),
    happens: prng.chance(1, 2),
  }
}
