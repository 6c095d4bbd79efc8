import { Prng } from '@flotilla/core/random'
import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { Catalogue } from '../../catalogue/contract.ts'
import { CatalogueTwin } from './catalogue-twin.ts'
import type { CatalogueUnderTest, MakeCatalogue } from './catalogue-under-test.ts'
import { drawnChanges, drawnIds } from './drawn-changes.ts'
import { expected, observed } from './observation.ts'

const steps = 80

/** Small, so that journals are written anew and sweeps take several turns. */
const limits = { rowsPerTurnMax: 5, journalBytesMin: 4_096 }

/** Drawn calls, and the same of a dumb twin. */
export function twinCases(make: MakeCatalogue, seeds: number): readonly ConformanceCase[] {
  const check = (name: string, work: (subject: CatalogueUnderTest, prng: Prng) => Promise<void>): ConformanceCase => ({
    name: `drawn calls: ${name}`,
    async run() {
      for (let seed = 1; seed <= seeds; seed++) {
        await using subject = await make()
        try {
          await work(subject, new Prng(seed))
        } catch (error) {
          throw new Error(`with seed ${seed}`, { cause: error })
        }
      }
    },
  })
  return [
    check('give what a twin gives, over restarts too', (subject, prng) => compareLives(subject, prng)),
    check('after a crash, what had resolved is there, and of the rest a beginning', (subject, prng) =>
      compareCrashes(subject, prng),
    ),
  ]
}

async function compareLives(subject: CatalogueUnderTest, prng: Prng): Promise<void> {
  const twin = new CatalogueTwin()
  let catalogue = await subject.open(limits)
  for (let step = 0; step < steps; step++) {
    if (prng.chance(1, 30)) {
      await catalogue[Symbol.asyncDispose]()
      catalogue = await subject.open(limits)
      twin.restart()
      assert.equal(await observed(catalogue), expected(twin))
    }
    const count = prng.between(1, 4)
    // Several calls at once: each of them sees what those before it have done.
    await Promise.all(Array.from({ length: count }, () => compareCall(catalogue, twin, prng)))
    if (prng.chance(1, 10)) await compareSweep(catalogue, twin, prng)
    if (prng.chance(1, 10)) assert.equal(await observed(catalogue), expected(twin))
  }
  assert.equal(await observed(catalogue), expected(twin))
  assert.deepEqual(await catalogue.verify(10), [])
  await catalogue[Symbol.asyncDispose]()
}

async function compareCall(catalogue: Catalogue, twin: CatalogueTwin, prng: Prng): Promise<void> {
  const ids = drawnIds(prng)
  switch (prng.below(8)) {
    case 0: {
      const places = ids.map((id) => twin.chunks.get(id)?.place)
      return assert.deepEqual(await catalogue.places(ids), places)
    }
    case 1:
    case 2: {
      const places = twin.touch(ids)
      return assert.deepEqual(await catalogue.touch(ids), places)
    }
    case 3: {
      const marked = twin.mark(ids)
      return assert.deepEqual(await catalogue.mark(ids), marked)
    }
    default: {
      const changes = drawnChanges(prng, twin)
      const isTaken = twin.commit(changes)
      const outcome = await catalogue.commit(changes).then(
        () => 'taken',
        (error: { readonly code?: string }) => error.code,
      )
      return assert.equal(outcome === 'taken', isTaken, `commit: ${outcome}`)
    }
  }
}

async function compareSweep(catalogue: Catalogue, twin: CatalogueTwin, prng: Prng): Promise<void> {
  if (catalogue.generation === 0 || prng.chance(1, 2)) {
    twin.generation++
    assert.equal(await catalogue.beginMarking(), twin.generation)
    const ids = drawnIds(prng)
    assert.deepEqual(await catalogue.mark(ids), twin.mark(ids))
    if (prng.chance(1, 2)) return
  }
  const keepFrom = Math.max(0, catalogue.generation - prng.below(3))
  const limit = prng.between(1, 20)
  const sweepable = twin.sweepable(keepFrom)
  const rows = await catalogue.sweep({ keepFrom, limit })
  for (const row of rows) assert.deepEqual(row, twin.chunks.get(row.id))
  const ids = rows.map(({ id }) => id)
  assert.ok(
    ids.every((id) => sweepable.includes(id)),
    'only what was not touched',
  )
  twin.forget(ids)
  if (rows.length === limit) return
  // It may have begun behind some of them: the next one begins anew.
  const rest = await catalogue.sweep({ keepFrom, limit: 100 })
  twin.forget(rest.map(({ id }) => id))
  assert.deepEqual([...ids, ...rest.map(({ id }) => id)].toSorted(), sweepable)
}

async function compareCrashes(subject: CatalogueUnderTest, prng: Prng): Promise<void> {
  if (subject.crash === undefined) return
  let twin = new CatalogueTwin()
  for (let life = 0; life < 6; life++) {
    const catalogue = await subject.open(limits)
    assert.equal(await observed(catalogue), expected(twin))
    /** What the catalogue may be: after all that has resolved, and after each call since. */
    const possible: CatalogueTwin[] = [twin.copy()]
    let resolved = 0
    for (let call = prng.between(0, 25); call > 0; call--) {
      const changes = drawnChanges(prng, twin)
      if (!twin.commit(changes)) continue
      possible.push(twin.copy())
      const count = possible.length - 1
      const commit = catalogue.commit(changes).then(
        () => void (resolved = Math.max(resolved, count)),
        () => {}, // The life ended before.
      )
      if (prng.chance(1, 3)) await commit
    }
    for (let turn = prng.below(60); turn > 0; turn--) await Promise.resolve()
    await subject.crash(prng.u32())
    const next = await subject.open(limits)
    const found = await observed(next)
    const which = possible.findLastIndex((each) => expected(each) === found)
    assert.ok(which >= resolved, `${resolved} of ${possible.length - 1} commits had resolved, and ${which} are there`)
    await next[Symbol.asyncDispose]()
    twin = possible[which] ?? twin
    twin.restart()
  }
}
