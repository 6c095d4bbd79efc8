import { FlotillaError } from '@flotilla/core/errors'
import { silentLogger, type LogFields, type Logger } from '@flotilla/core/observe'
import type { Host } from '@flotilla/sim'
import { createRaft } from '../../src/driver/raft-driver.ts'
import type { RaftNode } from '../../src/raft.ts'
import { openDiskStorage } from '../../src/storage/disk-storage.ts'
import type { RaftStorage } from '../../src/storage/storage.ts'
import { parseGroupName } from '../../src/group-name.ts'
import type { MemberRecord } from '../../src/testing/invariants/chronicle.ts'
import { operate } from './operator.ts'
import { newestVersion, registersKind, type Onlooker } from './registers.ts'
import { raftLimits, raftSettings, storageLimits } from './settings.ts'
import type { Citizen, RegisterGroup, Town } from './town.ts'
import { watchedNetwork } from './watched-network.ts'
import { watchedStorage } from './watched-storage.ts'
import { workload } from './workload.ts'

const groupName = parseGroupName('registers')

/** One life of a host that may be a member: it asks, and now and then changes who the members are. */
export async function liveAsMember(town: Town, host: Host): Promise<AsyncDisposable> {
  if (town.rotten.has(host.name)) return nobody
  const version = upgraded(town, host)
  const stop = (error: unknown): void => leave(town, host, error)
  let storage: RaftStorage
  try {
    storage = await openDiskStorage({ disk: host.disk, entropy: host.entropy, limits: storageLimits(host) })
  } catch (error) {
    stop(error)
    return nobody
  }
  const record = town.chronicle.begins(host.id, storage.recovered.get(groupName))
  const seen: { citizen: Citizen | undefined } = { citizen: undefined }
  const look = {
    before: () => seen.citizen !== undefined && town.lookAtLeader(seen.citizen),
    after: () => seen.citizen !== undefined && (seen.citizen.changed = true),
  }
  const node = createRaft({
    network: watchedNetwork(host.network, groupName, (to, message) => town.chronicle.says(record, to, message)),
    storage: watchedStorage(storage, town.chronicle, record, look),
    clock: host.clock,
    entropy: host.entropy,
    settings: raftSettings(host),
    limits: raftLimits,
    logger: operatorsLogger(stop),
    onStopped: stop,
  })
  const group = await open(town, host, node, version, { record, look: look.before, stop })
  if (group === undefined) return nobody
  const citizen: Citizen = { name: host.name, record, group, changed: true }
  seen.citizen = citizen
  town.citizens.set(host.name, citizen)
  const asking = workload(town, host, group, [20, 600])
  const operating = operate(town, host, group)
  return {
    async [Symbol.asyncDispose]() {
      if (host.random.chance(1, 2)) await node.handOver({ timeoutMs: 500 })
      if (town.citizens.get(host.name) === citizen) town.citizens.delete(host.name)
      // A disk that fails now has nothing left to harm.
      await closed(node).catch(stop)
      await operating[Symbol.asyncDispose]()
      await asking[Symbol.asyncDispose]()
    },
  }
}

interface Watching {
  readonly record: MemberRecord
  readonly look: () => void
  readonly stop: (error: unknown) => void
}

async function open(
  town: Town,
  host: Host,
  node: RaftNode,
  version: number,
  { record, look, stop }: Watching,
): Promise<RegisterGroup | undefined> {
  const onlooker: Onlooker = {
    applied(index, command, what) {
      // A leader may apply by a configuration that it has not given to its disk yet.
      look()
      town.onceOnly.applied(command.id, index)
      town.chronicle.applies(record, index, what)
    },
    restored: (index, what) => town.chronicle.restores(record, index, what),
  }
  try {
    return await node.open({
      name: groupName,
      machine: registersKind(version, onlooker),
      ...(town.founders.includes(host.id) ? { voters: town.founders } : {}),
    })
  } catch (error) {
    stop(error)
    return undefined
  }
}

/** What an operator does about a node that cannot go on: he reads the error. */
function leave(town: Town, host: Host, error: unknown): void {
  if (!(error instanceof FlotillaError)) return host.fail('A node stops for a reason.', String(error))
  if (error.code === 'stopped') return leave(town, host, error.cause)
  // A newer program cannot load what has rotten either.
  if (error.code === 'snapshot-unloadable' && codeOf(error.cause) === 'corrupt') return leave(town, host, error.cause)
  town.citizens.delete(host.name)
  switch (error.code) {
    case 'corrupt':
      host.note('out for good', error.message)
      town.rotten.add(host.name)
      return host.exit(error.message)
    case 'disk-full':
    case 'io-failed':
      return host.exit(error.message)
    case 'machine-too-old':
    case 'snapshot-unloadable':
      town.versions.set(host.name, newestVersion)
      return host.exit(error.message)
    case 'closed':
      return
    default:
      return host.fail('A node stops for a reason that is known.', error.stack)
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof FlotillaError ? String(error.code) : undefined
}

/** A host that is started again may have a newer program by then, never an older one. */
function upgraded(town: Town, host: Host): number {
  const before = town.versions.get(host.name) ?? (host.random.chance(1, 3) ? newestVersion : 1)
  const version = host.incarnation > 1 && host.random.chance(1, 4) ? newestVersion : before
  town.versions.set(host.name, version)
  return version
}

const nobody: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() }

async function closed(node: RaftNode): Promise<void> {
  await node[Symbol.asyncDispose]()
}

/** An operator reads what his nodes say: a program that is too old for the others gets a newer one. */
function operatorsLogger(stop: (error: unknown) => void): Logger {
  const read = ({ err, peer }: LogFields): void => {
    // What another node could not do is for its own operator.
    if (peer === undefined && err instanceof FlotillaError && tooOld.has((err as FlotillaError).code)) stop(err)
  }
  return { ...silentLogger, warn: read, error: read }
}

const tooOld: ReadonlySet<string> = new Set(['snapshot-unloadable', 'machine-too-old'])
