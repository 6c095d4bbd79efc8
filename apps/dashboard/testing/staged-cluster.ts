/** A node of a staged cluster. */
export interface StagedNodeFacts {
  readonly id: string
  readonly name: string
  readonly status: 'alive' | 'suspect' | 'dead' | 'left'
  readonly roundTripMs: number | null
}

const startedMs = Date.now() - 5 * 3_600_000

export function stagedNodes(count: number): readonly StagedNodeFacts[] {
  const names = ['ann', 'bob', 'cleo']
  return Array.from({ length: count }, (_, index) => ({
    id: `${(index * 7_919 + 4_242).toString(16).padStart(8, '0')}c0ffee00c0ffee00c0ffee00`,
    name: names[index] ?? `node-${String(index).padStart(3, '0')}`,
    status: count > 10 && index % 23 === 22 ? 'dead' : count > 10 && index % 31 === 30 ? 'suspect' : 'alive',
    roundTripMs: index === 0 ? null : 0.2 + ((index * 37) % 50) / 20,
  }))
}

export function node([self]: readonly StagedNodeFacts[]): object {
  return {
    name: self?.name,
    id: self?.id,
    version: '0.1.0',
    life: 7,
    pid: 4_242,
    startedAt: new Date(startedMs).toISOString(),
    uptimeSeconds: 18_000,
    dataFolder: '/srv/flotilla/ann',
    storage: { sqliteBytes: 94_208, diskFreeBytes: 81_000_000_000, diskBytes: 256_000_000_000, historyRows: 12 },
    memory: { residentBytes: 118_000_000, heapUsedBytes: 34_000_000 },
    eventLoopDelay: { medianSeconds: 0.0011, p99Seconds: 0.0042, maxSeconds: 0.031 },
    runtime: { node: '24.21.0', platform: 'linux x64' },
  }
}

export function cluster(): object {
  return {
    cluster: {
      id: 'b1f2c3d4e5f60718293a4b5c6d7e8f90',
      role: 'node',
      name: 'ann',
      authorityHeld: true,
      certificate: {
        serial: '1',
        notBefore: '2026-11-01T00:00:00.000Z',
        notAfter: new Date(Date.now() + 20 * 86_400_000).toISOString(),
      },
    },
    listening: ['192.168.1.10:7440'],
  }
}

export function clusterNodes(facts: readonly StagedNodeFacts[]): object {
  const nodes = facts.map(({ id, name, status, roundTripMs }, index) => ({
    id,
    name,
    self: index === 0,
    status,
    roles: ['node'],
    version: '0.1.0',
    addresses: [`192.168.1.${10 + (index % 240)}:7440`],
    connected: index > 0 && status === 'alive',
    roundTripMs: status === 'alive' ? roundTripMs : null,
    bytesIn: index * 1_000_000,
    bytesOut: index * 800_000,
    certificateNotAfter: new Date(Date.now() + 20 * 86_400_000).toISOString(),
  }))
  return { degraded: false, nodes }
}

export function raft(facts: readonly StagedNodeFacts[]): object {
  const members = facts.slice(0, 5).map(({ id, name, status }, index) => ({
    id,
    name,
    self: index === 0,
    part: index < 3 ? 'voter' : 'learner',
    leads: index === 1,
    entriesBehind: index === 1 ? null : index === 2 ? 3 : 0,
    answers: index === 1 ? null : status === 'alive',
  }))
  const leader = facts[1] === undefined ? null : { id: facts[1].id, name: facts[1].name }
  const group = {
    name: 'locks',
    role: 'follower',
    term: 12,
    leader,
    quiet: false,
    commit: 48_213,
    applied: 48_213,
    lastIndex: 48_213,
    snapshotIndex: 40_000,
    logBytes: 5_242_880,
    sessions: 4,
    version: 1,
    members,
    autopilot: { state: 'idle', reason: 'this node does not lead' },
  }
  return { state: 'member', notice: null, groups: [group] }
}

export function history(): object {
  const rows = [
    ['started', 7, 0],
    ['unclean stop', 6, 1],
    ['started', 6, 90],
    ['stopped', 5, 91],
  ] as const
  return {
    history: rows.map(([type, life, minutes]) => ({
      at: new Date(startedMs - minutes * 60_000).toISOString(),
      type,
      life,
      version: '0.1.0',
    })),
  }
}

export function notes(facts: readonly StagedNodeFacts[]): object {
  const from = facts[1] ?? facts[0]
  const at = new Date(Date.now() - 420_000).toISOString()
  return { notes: [{ at, from: from?.id, name: from?.name, text: 'The backup begins at ten: expect a busy disk.' }] }
}
