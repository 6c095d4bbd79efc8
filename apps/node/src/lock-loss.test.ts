import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { labAvailable, makeLab, type LabProcess } from '@flotilla/core/testing/node'
import { describe, expect, test } from 'vitest'
import { LabNode } from './testing/lab-node.ts'

const availability = labAvailable()

/** How often is looked, and for how long at most before a test has failed; no test says how fast anything has to be. */
const patience = { interval: 100, timeout: 60_000 }

async function firstLine({ stdout }: LabProcess): Promise<string> {
  const [line] = (await once(createInterface({ input: stdout }), 'line')) as [string]
  return line
}

async function votersOf(node: LabNode): Promise<number> {
  return (await node.raft()).groups[0]?.members.filter(({ part }) => part === 'voter').length ?? 0
}

async function leads(node: LabNode): Promise<boolean> {
  return (await node.raft()).groups[0]?.role === 'leader'
}

describe.skipIf(!availability.available)(`three nodes in one network${availability.note}`, () => {
  test('a lock held on the leader is lost when it is cut off, before another gets it', async () => {
    await using lab = await makeLab({ networks: [3] })
    await using owned = new AsyncDisposableStack()
    const nodes = await Promise.all(lab.machines.map((machine) => LabNode.on(lab, machine)))
    for (const node of nodes) owned.use(node)
    const [maker, ...others] = nodes
    await maker?.init()
    for (const node of others) await node.join((await maker?.invite()) ?? '')
    for (const node of nodes) await expect.poll(() => votersOf(node), patience).toBe(3)

    const leading = await Promise.all(nodes.map(leads))
    const [leader, waiting] = [nodes[leading.indexOf(true)], nodes[leading.indexOf(false)]]
    if (leader === undefined || waiting === undefined) throw new Error('somebody leads, and somebody does not')
    const holder = leader.underLock('build', 'echo $FLOTILLA_FENCING_TOKEN; exec tail -f /dev/null')
    const token = Number(await firstLine(holder))
    const waiter = waiting.underLock('build', 'echo $FLOTILLA_FENCING_TOKEN')
    const order: string[] = []
    const lost = once(holder, 'close').then(([code]) => {
      order.push('lost')
      return code as number
    })
    const granted = firstLine(waiter).then((line) => {
      order.push('granted')
      return Number(line)
    })
    await lab.pullCable(leader.machine)
    expect(await lost).toBe(122)
    expect(await granted).toBeGreaterThan(token)
    expect(order).toEqual(['lost', 'granted'])

    // Those who are left go on, and the one that was cut off is one of them again.
    await lab.plugCable(leader.machine)
    await expect.poll(async () => (await leader.raft()).groups[0]?.leader ?? null, patience).not.toBe(null)
    expect(await firstLine(leader.underLock('build', 'echo free'))).toBe('free')
  })
})
