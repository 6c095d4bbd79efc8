import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestProcesses } from '@flotilla/transport/testing/node'
import { expect, test } from 'vitest'
import type { Opening } from './our-node.ts'

const logBytes = 2 ** 19
const settings = {
  snapshotLogBytes: logBytes,
  trailingBytes: logBytes / 4,
  logBytesMax: 4 * logBytes,
  appendBytesMax: 2 ** 16,
  appendBytesInFlightMax: logBytes,
}
/** About 300 bytes each: some 35 times the log that is kept. */
const putCount = 60_000
/** What the log, the machine, what is under way to the one that is away, and this program's own tables may come to. */
const heldBytesMax = 16 * 2 ** 20

/** A process that is gone, or one that sleeps with its connections open: what is meant for it must not gather. */
test.each(['kill', 'sleep'] as const)(
  'memory is bounded while a follower is away (%s), which then catches up',
  async (way) => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-away-'))
    await using cluster = await TestProcesses.start({
      member: new URL('our-node.ts', import.meta.url),
      count: 3,
      client: new URL('our-client.ts', import.meta.url),
      folder,
      open: (voters): Opening => ({ names: ['bench'], voters, settings }),
    })
    await cluster.client.ask('puts', { count: 1_000, atOnce: 64 })
    const leader = (await cluster.askAll('leads')).indexOf(true)
    const away = (leader + 1) % 3
    const before = Number(await cluster.ask(leader, 'heldBytes'))
    if (way === 'kill') await cluster.kill(away)
    else cluster.signal(away, 'SIGSTOP')
    await cluster.client.ask('puts', { count: putCount, atOnce: 256 })
    const after = Number(await cluster.ask(leader, 'heldBytes'))
    expect(after - before).toBeLessThan(heldBytesMax)
    if (way === 'kill') await cluster.restart(away)
    else cluster.signal(away, 'SIGCONT')
    const wanted = Number(await cluster.ask(leader, 'applied'))
    await expect.poll(() => cluster.ask(away, 'applied'), { timeout: 60_000 }).toBeGreaterThanOrEqual(wanted)
    await rm(folder, { recursive: true })
  },
)
