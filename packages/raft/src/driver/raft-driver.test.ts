import { describe, expect, test } from 'vitest'
import { createRaftClient } from '../client/raft-client.ts'
import { counterCodecs } from '../testing/counter-machine.ts'
import { startTrio } from '../testing/test-cluster.ts'
import type { NodeId } from '@flotilla/core/ids'

describe('three members', () => {
  test('count together', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    const results = await cluster.until(Promise.all(groups.map((group) => group.run({ add: 1 }))))
    expect(results.map(({ sum }) => sum).toSorted((a, b) => a - b)).toEqual([1, 2, 3])
    const answers = await cluster.until(Promise.all(groups.map((group) => group.read({ what: 'sum' }))))
    expect(answers).toEqual([{ sum: 3 }, { sum: 3 }, { sum: 3 }])
  })

  test('serve a client that is none of them', async () => {
    const { cluster } = await startTrio()
    await using _cluster = cluster
    const { network } = cluster.hub.join('client' as NodeId)
    const { clock } = cluster
    await using client = createRaftClient({
      network,
      clock,
      entropy: cluster.entropy(),
      group: 'counter',
      codecs: counterCodecs,
    })
    expect(await cluster.until(client.run({ add: 5 }))).toEqual({ sum: 5 })
    expect(await cluster.until(client.read({ what: 'sum' }))).toEqual({ sum: 5 })
    await expect(cluster.until(client.run({ add: 13 }))).rejects.toMatchObject({ code: 'unlucky' })
  })
})
