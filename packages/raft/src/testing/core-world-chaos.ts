import type { NodeId } from '@flotilla/core/ids'
import { after } from '@flotilla/core/time'
import type { ChangeRefusal } from '../core/inputs.ts'
import { calm } from './core-world-event.ts'
import type { CoreWorld } from './core-world.ts'

/** Everything that can go wrong does, for so many acts; then everything is mended, and the group has to come round. */
export function liveThroughChaos(world: CoreWorld, acts: number): void {
  for (let act = 0; act < acts; act++) {
    world.runUntil(after(world.now, world.prng.between(1, world.prng.chance(1, 5) ? 400 : 40)))
    actOnce(world)
  }
  mend(world)
}

/** Ends with everybody up, everything decided everywhere; throws if that takes too long. */
function mend(world: CoreWorld): void {
  world.weather = { ...calm }
  world.cut.clear()
  for (const [id, node] of world.nodes) {
    world.start(id)
    for (const peer of world.nodes.keys()) node.step(world.now, { type: 'peer', peer, reachable: true })
  }
  const end = after(world.now, 60_000)
  for (let taken = false; world.now < end;) {
    world.runUntil(after(world.now, 250))
    const leader = leaderOf(world)
    if (leader === undefined) continue
    if (!taken) taken = world.proposeAt(leader, 1)
    else if (isSettled(world, leader)) return
  }
  throw new Error(`at ${world.now}: not settled a minute after everything was mended:\n${shown(world)}`)
}

/** Who leads in the highest term. */
function leaderOf(world: CoreWorld): NodeId | undefined {
  let best: { readonly id: NodeId; readonly term: number } | undefined
  for (const [id, { core }] of world.nodes) {
    const status = core?.status()
    if (status?.role === 'leader' && status.term > (best?.term ?? 0)) best = { id, term: status.term }
  }
  return best?.id
}

function isSettled(world: CoreWorld, leader: NodeId): boolean {
  const status = world.nodes.get(leader)?.core?.status()
  if (status === undefined || status.commit !== status.lastIndex || status.configuration.outgoing.length > 0)
    return false
  return [...status.configuration.voters, ...status.configuration.learners].every((id) => {
    const member = world.nodes.get(id)?.core?.status()
    return member?.applied === status.commit && member.leader === leader && member.lastIndex === status.lastIndex
  })
}

function actOnce(world: CoreWorld): void {
  const { prng } = world
  const ids = [...world.nodes.keys()]
  const someone = prng.pick(ids)
  const leader = leaderOf(world) ?? someone
  switch (prng.below(24)) {
    case 0:
      return world.crash(prng.chance(1, 2) ? leader : someone)
    case 1:
    case 2:
      for (const id of ids) if (prng.chance(1, 2)) world.start(id)
      return
    case 3:
      return change(world, leader)
    case 4:
      return world.act(leader, (core) => {
        const answer = core.transfer(world.now, prng.chance(1, 2) ? someone : undefined)
        if ('to' in answer) world.count('transfer')
      })
    case 5:
      return cutSome(world)
    case 6:
      return world.cut.clear()
    case 7:
      world.weather = {
        lossPercent: prng.pick([0, 0, 2, 10, 40]),
        doublePercent: prng.pick([0, 5, 30]),
        latePercent: prng.pick([0, 5, 30]),
        slowDiskPercent: prng.pick([0, 10, 60]),
      }
      return
    case 8: {
      const reachable = prng.chance(1, 2)
      return world.nodes.get(someone)?.step(world.now, { type: 'peer', peer: prng.pick(ids), reachable })
    }
    case 9:
    case 10:
      return world.snapshotAt(prng.chance(1, 2) ? leader : someone)
    case 11:
    case 12:
    case 13:
      return world.readAt(someone, prng.between(1, 3))
    case 14:
      return readAtLeaders(world)
    case 15:
      return replaceLeader(world, leader)
    default:
      world.proposeAt(prng.chance(1, 8) ? someone : leader, prng.between(1, 6))
  }
}

/** At all that believe to lead, above all at those that do not any more. */
function readAtLeaders(world: CoreWorld): void {
  for (const [id, { core }] of world.nodes) if (core?.status().role === 'leader') world.readAt(id, 1)
}

/** It is cut off and the others know it, so that one of them leads while it still believes to; then both are asked. */
function replaceLeader(world: CoreWorld, leader: NodeId): void {
  for (const [id, node] of world.nodes) {
    if (id === leader) continue
    world.cut.add(`${leader}>${id}`)
    if (world.prng.chance(3, 4)) world.cut.add(`${id}>${leader}`)
    node.step(world.now, { type: 'peer', peer: leader, reachable: false })
  }
  world.runUntil(after(world.now, world.prng.between(100, 450)))
  const next = leaderOf(world)
  if (next !== undefined) world.proposeAt(next, 2)
  world.runUntil(after(world.now, 30))
  if (world.prng.chance(1, 2)) world.cut.clear()
  readAtLeaders(world)
}

/** Any members that differ from those there are; new voters are learners first, or it is refused. */
function change(world: CoreWorld, leader: NodeId): void {
  const { prng } = world
  world.act(leader, (core) => {
    const { configuration } = core.status()
    const ids = prng.shuffled([...world.nodes.keys()])
    const voters = ids.filter((id) => prng.chance(configuration.voters.includes(id) ? 3 : 2, 4))
    const learners = ids.filter((id) => !voters.includes(id) && prng.chance(1, 2))
    const answer = core.changeMembers(world.now, { voters, learners })
    if ('first' in answer) return world.count('change')
    world.count(`change refused: ${answer.refused}`)
    if (answer.refused !== 'not-caught-up') return
    const known = voters.filter((id) => configuration.voters.includes(id))
    const fresh = ids.filter((id) => !known.includes(id))
    const second: { readonly first: number } | ChangeRefusal = core.changeMembers(world.now, {
      voters: known,
      learners: fresh,
    })
    if ('first' in second) world.count('change')
  })
}

/** One node from the others, one link in one direction, or two halves. */
function cutSome({ prng, nodes, cut }: CoreWorld): void {
  const ids = [...nodes.keys()]
  const one = prng.pick(ids)
  const kind = prng.below(3)
  const half = new Set(ids.filter(() => prng.chance(1, 2)))
  for (const id of ids) {
    if (kind === 0 && id !== one) cut.add(`${one}>${id}`).add(`${id}>${one}`)
    if (kind === 1 && prng.chance(1, 3)) cut.add(`${one}>${id}`)
    for (const other of ids) if (kind === 2 && half.has(id) !== half.has(other)) cut.add(`${id}>${other}`)
  }
}

function shown(world: CoreWorld): string {
  const nodes = [...world.nodes].map(([id, { core }]) => {
    const status = core?.status()
    return `${id} ${JSON.stringify({ ...status, members: [...(status?.members ?? [])] })}`
  })
  return nodes.join('\n')
}
