import { FlotillaError } from '@flotilla/core/errors'
import { createRaft, openDiskStorage } from '@flotilla/raft'
import { repeat, type Host } from '@flotilla/sim'
import { lockMachine } from '../../src/machine/index.ts'
import { watchedKind } from '../../src/testing/invariants/watched-machine.ts'
import { raftLimits, raftSettings, storageLimits } from './settings.ts'
import type { LockMember, Town } from './town.ts'

/** One life of a host that keeps the service. */
export async function liveAsMember(town: Town, host: Host): Promise<AsyncDisposable> {
  if (town.rotten.has(host.name)) return nobody
  const stop = (error: unknown): void => leave(town, host, error)
  const machine = watchedKind(lockMachine, (broken) => host.fail('The machine keeps its promises.', broken))
  let group: LockMember
  let node: AsyncDisposable & { handOver(options: { readonly timeoutMs: number }): Promise<void> }
  try {
    const storage = await openDiskStorage({ disk: host.disk, entropy: host.entropy, limits: storageLimits })
    const { network, clock, entropy } = host
    const settings = raftSettings(host)
    const raft = createRaft({ network, storage, clock, entropy, settings, limits: raftLimits, onStopped: stop })
    node = raft
    group = await raft.open({ name: 'locks', machine, voters: town.voters })
  } catch (error) {
    stop(error)
    return nobody
  }
  const meddling = repeat(host, { pauseMs: [500, 4_000], act: () => meddle(town, host, group) })
  return {
    async [Symbol.asyncDispose]() {
      await meddling[Symbol.asyncDispose]()
      if (host.random.chance(1, 2)) await node.handOver({ timeoutMs: 500 })
      // A disk that fails while it is closed has nothing to say that was promised.
      await Promise.resolve(node[Symbol.asyncDispose]()).catch((error: unknown) => stop(error))
    },
  }
}

/** Leaders come and go, and snapshots are made, whatever the moment. */
async function meddle(town: Town, host: Host, group: LockMember): Promise<void> {
  if (town.world.isMended()) return
  try {
    if (host.random.chance(1, 2)) await group.transferLeadership(undefined, { timeoutMs: 1_000 })
    else await group.compact()
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
  }
}

/** What an operator does about a node that cannot go on: he reads the error. */
function leave(town: Town, host: Host, error: unknown): void {
  if (!(error instanceof FlotillaError)) return host.fail('A node stops for a reason.', String(error))
  switch (String(error.code)) {
    case 'stopped':
      return leave(town, host, error.cause)
    case 'corrupt':
      town.rotten.add(host.name)
      return host.exit(error.message)
    case 'disk-full':
    case 'io-failed':
      return host.exit(error.message)
    case 'closed':
      return
    default:
      return host.fail('A node stops for a reason that is known.', error.stack)
  }
}

const nobody: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() }
