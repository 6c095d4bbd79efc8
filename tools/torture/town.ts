import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { labAvailable, makeLab, type Lab, type LabAvailability, type Machine } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import { testCluster, type TestMember } from '@flotilla/transport/testing'
import type { Instructions } from './programs.ts'
import { SmallDisk } from './small-disk.ts'
import { TortureClient } from './torture-client.ts'
import { TortureNode } from './torture-node.ts'

const nodeCount = 5
const clientCount = 2
const clientConcurrency = 6
const port = 7_440
const dayMs = 86_400_000

/** Five nodes, each with a network card and a disk of its own, and those who use them. */
export interface Town extends AsyncDisposable {
  readonly lab: Lab
  readonly nodes: readonly TortureNode[]
  readonly clients: readonly TortureClient[]
}

export interface TownOptions {
  readonly prng: Prng
  readonly tell: (line: string) => void
}

/** Asked once, before a town is built. */
export async function townAvailable(): Promise<LabAvailability> {
  const lab = labAvailable()
  if (!lab.available) return lab
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-torture-'))
  try {
    await using _disk = await SmallDisk.make(folder, 'trial')
    return lab
  } catch (error) {
    return { available: false, note: ` (skipped: ${error instanceof Error ? error.message.trim() : String(error)})` }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Resolves when everything is up and the clients write. */
export async function buildTown({ prng, tell }: TownOptions): Promise<Town> {
  await using built = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-torture-'))
  built.defer(() => rm(folder, { recursive: true, force: true }))
  const disks: SmallDisk[] = []
  for (let index = 0; index < nodeCount; index++) disks.push(built.use(await SmallDisk.make(folder, `disk${index}`)))
  const lab = built.use(await makeLab({ networks: [nodeCount + clientCount] }))
  const instructionsFor = writerOfInstructions(lab)
  const nodes = disks.map((disk, index): TortureNode => {
    const machine = lab.machine(index + 1)
    const instructions = { ...instructionsFor(machine), folder: disk.folder }
    return built.use(new TortureNode({ lab, machine, disk, instructions, tell }))
  })
  await Promise.all(nodes.map((node) => node.start()))
  const clients = lab.machines.slice(nodeCount).map((machine): TortureClient => {
    const { name } = machine
    const own = { name: `${name}c`, seed: prng.split(name).u32(), concurrency: clientConcurrency }
    return new TortureClient(lab, machine, { ...instructionsFor(machine), ...own })
  })
  await Promise.all(clients.map((client) => client.writesTaken(1)))
  const kept = built.move()
  return { lab, nodes, clients, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

function writerOfInstructions(lab: Lab): (machine: Machine) => Instructions {
  const now = nodeClock().wallNow()
  const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now })
  const notAfter = (now + dayMs) as typeof now
  const members = new Map(lab.machines.map((machine) => [machine, cluster.member(machine.name, { notAfter })]))
  const memberOf = (machine: Machine): TestMember => {
    const member = members.get(machine)
    if (member === undefined) throw new Error(`${machine.name} is no machine of this laboratory`)
    return member
  }
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const nodes = lab.machines.slice(0, nodeCount).map((machine) => {
    return { id: memberOf(machine).id, host: lab.ipv4(machine), port }
  })
  return (machine) => {
    const { id, secretKey, certificate, authority } = memberOf(machine)
    const identity = {
      secretKey: base64(secretKey),
      certificate: base64(certificate),
      authority: base64(authority),
    }
    return { self: id, cluster: cluster.id, identity, address: { host: lab.ipv4(machine), port }, nodes }
  }
}
