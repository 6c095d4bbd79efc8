import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LabNode } from './testing/lab-node.ts'
import { labAvailable, makeLab, type Lab } from '@flotilla/core/testing/node'

const availability = labAvailable()

/** How often is looked, and for how long at most before a test has failed; no test says how fast anything has to be. */
const patience = { interval: 100, timeout: 60_000 }

/** For each node what it says of others: `alive`, `suspect`, `dead` or `left`, and a `+` where it is connected. */
type Views = Readonly<Record<string, Readonly<Record<string, string>>>>

async function viewsOf(nodes: readonly LabNode[], others: readonly LabNode[]): Promise<Views> {
  const views = nodes.map(async (node) => {
    const { nodes: known } = await node.nodes()
    const shown = known.filter(({ self, id }) => !self && others.some((other) => other.id === id))
    const statuses = shown.map(({ name, status, connected }) => [name, `${status}${connected ? '+' : ''}`] as const)
    return [nameOf(node), Object.fromEntries(statuses)] as const
  })
  return Object.fromEntries(await Promise.all(views))
}

/** Where each of the nodes says the same of all others but itself. */
function allSaying(word: string, nodes: readonly LabNode[], others: readonly LabNode[] = nodes): Views {
  const view = (node: LabNode): Readonly<Record<string, string>> =>
    Object.fromEntries(others.filter((other) => other !== node).map((other) => [nameOf(other), word]))
  return Object.fromEntries(nodes.map((node) => [nameOf(node), view(node)]))
}

async function degradedOf(nodes: readonly LabNode[]): Promise<readonly boolean[]> {
  return Promise.all(nodes.map(async (node) => (await node.nodes()).degraded))
}

function nameOf({ machine }: LabNode): string {
  return machine.name
}

/** A node on each machine, all in one cluster that the first has made. */
async function clusterOn(lab: Lab): Promise<readonly LabNode[]> {
  const nodes = await Promise.all(lab.machines.map((machine) => LabNode.on(lab, machine)))
  const [first, ...others] = nodes
  await first?.init()
  for (const node of others) await node.join((await first?.invite()) ?? '')
  return nodes
}

/** As a power cut and its end, with nothing remembered of the others. */
async function startAnew(nodes: readonly LabNode[], flagsOf: (node: LabNode) => readonly string[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop('SIGKILL')))
  await Promise.all(nodes.map((node) => node.forgetPeers()))
  await Promise.all(nodes.map((node) => node.start(...flagsOf(node))))
}

type Five = readonly [LabNode, LabNode, LabNode, LabNode, LabNode]

describe.skipIf(!availability.available)(`five nodes in one network${availability.note}`, () => {
  let lab: Lab
  let five: Five

  beforeAll(async () => {
    lab = await makeLab({ networks: [5] })
    const [a, b, c, d, e] = await clusterOn(lab)
    if (!a || !b || !c || !d || !e) throw new Error('a laboratory of five')
    five = [a, b, c, d, e]
  })

  afterAll(async () => {
    // The programs first, so that their folders can go.
    for (const node of five ?? []) await node[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  test('find each other by beacons alone', async () => {
    await startAnew(five, () => [])
    await expect.poll(() => viewsOf(five, five), patience).toEqual(allSaying('alive+', five))
    expect(await degradedOf(five)).toEqual(five.map(() => false))
  })

  test('keep one that they can reach through others only: a cut one way', async () => {
    const [a, b] = five
    await lab.cut(a.machine, b.machine, 'one-way')
    const cut = allSaying('alive+', five)
    const wanted = { ...cut, m1: { ...cut['m1'], m2: 'alive' }, m2: { ...cut['m2'], m1: 'alive' } }
    await expect.poll(() => viewsOf(five, five), patience).toEqual(wanted)
    await lab.heal()
    await expect.poll(() => viewsOf(five, five), patience).toEqual(cut)
  })

  test('know on both sides of a cut who is on the other one, and which side is the smaller', async () => {
    const [few, many] = [five.slice(0, 2), five.slice(2)]
    await lab.split(
      few.map(({ machine }) => machine),
      many.map(({ machine }) => machine),
    )
    await expect.poll(() => viewsOf(few, many), patience).toEqual(allSaying('dead', few, many))
    await expect.poll(() => viewsOf(many, few), patience).toEqual(allSaying('dead', many, few))
    await expect.poll(() => degradedOf(five), patience).toEqual([true, true, false, false, false])
    expect(await viewsOf(many, many)).toEqual(allSaying('alive+', many))
    await lab.heal()
    await expect.poll(() => viewsOf(five, five), patience).toEqual(allSaying('alive+', five))
    await expect.poll(() => degradedOf(five), patience).toEqual(five.map(() => false))
  })

  test('miss one whose cable is pulled, and have it back when it is plugged', async () => {
    const [, , , , e] = five
    const others = five.slice(0, 4)
    await lab.pullCable(e.machine)
    await expect.poll(() => viewsOf(others, [e]), patience).toEqual(allSaying('dead', others, [e]))
    await expect.poll(() => degradedOf([e]), patience).toEqual([true])
    await lab.plugCable(e.machine)
    await expect.poll(() => viewsOf(five, five), patience).toEqual(allSaying('alive+', five))
    await expect.poll(() => degradedOf([e]), patience).toEqual([false])
  })

  test('follow one to its new address, under its old id', async () => {
    const [a, , , d] = five
    await lab.changeAddress(d.machine, 200)
    const addressesOfIt = async (): Promise<readonly string[]> =>
      (await a.nodes()).nodes.find(({ id }) => id === d.id)?.addresses ?? []
    await expect.poll(addressesOfIt, patience).toContain(d.address)
    await expect.poll(() => viewsOf(five, five), patience).toEqual(allSaying('alive+', five))
    expect((await a.nodes()).nodes.filter(({ name }) => name === nameOf(d))).toHaveLength(1)
  })

  test('know that one was killed, and have it back when it was started', async () => {
    const [, , c] = five
    const others = five.filter((node) => node !== c)
    await c.stop('SIGKILL')
    await expect.poll(() => viewsOf(others, [c]), patience).toEqual(allSaying('dead', others, [c]))
    await c.start()
    await expect.poll(() => viewsOf(five, five), patience).toEqual(allSaying('alive+', five))
  })

  test('say good-bye when they are stopped, and come back all at once', async () => {
    const [a, ...others] = five
    expect((await a.stop()).code).toBe(0)
    await expect.poll(() => viewsOf(others, [a]), patience).toEqual(allSaying('left', others, [a]))
    const endings = await Promise.all(others.map((node) => node.stop()))
    expect(endings.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    await Promise.all(five.map((node) => node.start()))
    await expect.poll(() => viewsOf(five, five), patience).toEqual(allSaying('alive+', five))
  })

  test('cut off one that is revoked, everywhere and for good', async () => {
    const [a, b, ...rest] = five
    const others = [a, ...rest]
    await a.post('/v1/cluster/revoke', { node: nameOf(b), reason: 'the test says so' })
    const peersOf = async (node: LabNode): Promise<readonly string[]> => (await node.mesh()).peers.map(({ id }) => id)
    for (const node of others) await expect.poll(() => peersOf(node), patience).not.toContain(b.id)
    await expect.poll(() => peersOf(b), patience).toEqual([])
    await b.stop()
    await b.start()
    await expect.poll(() => viewsOf(others, others), patience).toEqual(allSaying('alive+', others))
    expect(await peersOf(b)).toEqual([])
    for (const node of others) expect(await peersOf(node)).not.toContain(b.id)
  })
})

describe.skipIf(!availability.available)(`two networks${availability.note}`, () => {
  test('become one cluster through one node that is named to one other', async () => {
    await using lab = await makeLab({ networks: [2, 2] })
    const nodes = await clusterOn(lab)
    await using owned = new AsyncDisposableStack()
    for (const node of nodes) owned.use(node)
    const [first, , third] = nodes
    await startAnew(nodes, (node) => (node === third ? ['--peer', first?.address ?? ''] : []))
    await expect.poll(() => viewsOf(nodes, nodes), patience).toEqual(allSaying('alive+', nodes))
  })
})
