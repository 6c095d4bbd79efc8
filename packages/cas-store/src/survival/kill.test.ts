import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Prng } from '@flotilla/core/random'
import { startChild, type Child } from '@flotilla/core/testing/node'
import { expect, test } from 'vitest'
import type { CheckReport } from '../store/contract.ts'
import type { VictimOrders } from '../../programs/node-victim-program.ts'
import { assertClean, VictimLanes } from './node-victim-lanes.ts'
import type { Sight } from './expectation.ts'

const kills = Number(process.env['FLOTILLA_KILLS'] ?? 12)
const seed = Number(process.env['FLOTILLA_KILLS_SEED'] ?? 1)
const program = new URL('../../programs/node-victim-program.ts', import.meta.url)

/** Lets the process that this is talk and listen for so many turns, which is a time that nobody else can tell. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => void setImmediate(resolve))
}

/** Everything that was acknowledged is there, nothing else is, and nothing is damaged. */
async function examine(child: Child, folder: string, lanes: VictimLanes, collects: boolean): Promise<void> {
  await child.ask('open', { folder, background: false })
  lanes.settle((await child.ask('observe')) as readonly Sight[])
  assertClean((await child.ask('check')) as CheckReport)
  if (collects) await collect(child, folder, lanes)
  await child.ask('close')
}

/** Of what earlier lives have left behind, nothing remains, and nothing else is touched. */
async function collect(child: Child, folder: string, lanes: VictimLanes): Promise<void> {
  await child.ask('collect')
  const { onDisk, known } = (await child.ask('packs', folder)) as Awaited<ReturnType<VictimOrders['packs']>>
  expect(onDisk).toEqual(known)
  lanes.settle((await child.ask('observe')) as readonly Sight[])
  assertClean((await child.ask('check')) as CheckReport)
}

/** While it opens the store, or after so many acknowledgements of work on it. */
async function workAndKill(child: Child, folder: string, lanes: VictimLanes, prng: Prng): Promise<void> {
  const opening = child.ask('open', { folder, background: true })
  if (prng.chance(1, 6)) {
    await turns(prng.below(5_000))
    await child.kill()
    return
  }
  await opening
  const last = lanes.acknowledgements + prng.between(1, 60)
  const pause = prng.below(300)
  let killing: Promise<void> | undefined
  await lanes.work(child, () => {
    if (lanes.acknowledgements < last) return
    killing ??= turns(pause).then(() => child.kill())
  })
  await killing
}

test(
  `a process that is killed ${kills} times at its work loses nothing that was acknowledged`,
  {
    timeout: 120_000 + kills * 30_000,
  },
  async ({ annotate }) => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-kill-'))
    const prng = new Prng(seed)
    const lanes = new VictimLanes(prng.split('lanes'))
    let round = 0
    let child = await startChild(program)
    try {
      for (; round < kills; round++) {
        // Where it does not collect here, the next life has much to collect while it is killed.
        await examine(child, folder, lanes, prng.chance(1, 3))
        await workAndKill(child, folder, lanes, prng)
        child = await startChild(program)
      }
      await examine(child, folder, lanes, true)
      await child.stop()
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}`, { cause: error })
    } finally {
      await child.kill()
      await rm(folder, { recursive: true })
    }
    const { acknowledgements, packsRemoved, rotations } = lanes
    await annotate(`${acknowledgements} acknowledgements, ${packsRemoved} packs removed, ${rotations} rotations`)
    expect(acknowledgements).toBeGreaterThan(kills)
  },
)
