import type { StagedNodeFacts } from './staged-cluster.ts'

/** A figure that is the same for the same number, and looks as if it were drawn. */
function wave(seed: number, least: number, most: number): number {
  const share = (Math.sin(seed * 12.9898) + Math.sin(seed * 4.137) + 2) / 4
  return least + share * (most - least)
}

function summary(index: number): object {
  return {
    uptimeMs: 86_400_000 * (index + 1),
    processor: wave(index, 0.03, 0.7),
    cores: 8,
    load1: wave(index + 1, 0.1, 4),
    memoryUsedBytes: wave(index + 2, 4e9, 14e9),
    memoryTotalBytes: 16_000_000_000,
    diskReadBytesPerSecond: wave(index, 0, 2e6),
    diskWrittenBytesPerSecond: wave(index + 5, 0, 8e6),
    networkReceivedBytesPerSecond: wave(index + 3, 1e3, 4e6),
    networkSentBytesPerSecond: wave(index + 4, 1e3, 9e6),
    fullestFileSystem: index === 1 ? 0.91 : wave(index + 6, 0.2, 0.7),
    processCount: Math.round(wave(index, 180, 420)),
  }
}

export function machines(facts: readonly StagedNodeFacts[]): object {
  return {
    machines: facts.map(({ id, name, status }, index) => ({
      node: { id, name },
      self: index === 0,
      stale: status !== 'alive',
      secondsAgo: 0.4,
      figures: summary(index),
      alertsRaised: index === 1 ? 1 : 0,
    })),
  }
}

export function machine(facts: readonly StagedNodeFacts[], id: string): object {
  const index = Math.max(
    0,
    facts.findIndex((each) => each.id === id),
  )
  const { name = '' } = facts[index] ?? {}
  return { node: { id, name }, figures: systemFigures(index), history: [] }
}

function systemFigures(index: number): object {
  return {
    wallMs: Date.now(),
    bootId: 'staged',
    uptimeMs: 864_000_000,
    processor: {
      usage: wave(index, 0.03, 0.7),
      cores: Array.from({ length: 8 }, (_, core) => ({ core, usage: wave(core + index, 0.01, 0.95) })),
      load: [1.2, 0.9, 0.7],
    },
    memory: {
      totalBytes: 16e9,
      usedBytes: wave(index + 2, 4e9, 14e9),
      availableBytes: 6e9,
      swapTotalBytes: 4e9,
      swapUsedBytes: 2e8,
    },
    disks: [{ name: 'nvme0n1', readBytesPerSecond: 4e5, writtenBytesPerSecond: 2e6, busy: 0.12 }],
    fileSystems: [
      {
        mount: '/',
        device: '/dev/nvme0n1p2',
        type: 'ext4',
        isReadOnly: false,
        isHung: false,
        totalBytes: 256e9,
        usedBytes: 140e9,
        availableBytes: 103e9,
      },
      {
        mount: '/srv',
        device: '/dev/sda1',
        type: 'xfs',
        isReadOnly: false,
        isHung: false,
        totalBytes: 2e12,
        usedBytes: 1.82e12,
        availableBytes: 0.18e12,
      },
    ],
    networks: [
      { name: 'eth0', isUp: true, receivedBytesPerSecond: 1.4e6, sentBytesPerSecond: 3.9e6 },
      { name: 'lo', isUp: true, receivedBytesPerSecond: 2e4, sentBytesPerSecond: 2e4 },
    ],
    processCount: 312,
    problems: [],
  }
}

export function figureHistory(figure: string): object {
  const seed = figure.length
  const now = Math.floor(Date.now() / 15_000) * 15_000
  const points = Array.from({ length: 240 }, (_, index) => {
    const isShare = figure === 'processor.usage' || figure === 'memory.used'
    const drift = figure === 'memory.used' ? 0.45 + index / 1_600 : wave(index / 14 + seed, 0.05, 0.55)
    const mean = isShare ? drift + wave(index + seed, 0, 0.06) : wave(index / 9 + seed, 1e4, 6e6)
    return { atMs: now - (240 - index) * 15_000, mean, least: mean * 0.9, most: mean * 1.1 }
  })
  return { node: { id: '', name: '' }, figure, points }
}

export function alerts(facts: readonly StagedNodeFacts[]): object {
  const bob = facts[1]
  if (bob === undefined) return { alerts: [] }
  const message = 'the file system /srv is full to 91 %, which is more than 90 %'
  const alert = {
    node: { id: bob.id, name: bob.name },
    rule: 'disk-low',
    figure: 'fileSystem.srv.used',
    severity: 'warning',
    state: 'raised',
    value: 0.91,
    sinceMs: Date.now() - 1_380_000,
    message,
  }
  return { alerts: [alert] }
}

const commands = [
  ['postgres', 'postgres: writer process', 'postgres'],
  ['node', 'node --max-semi-space-size=2 /opt/flotilla/apps/node/src/main.ts', 'flotilla'],
  ['qemu-system-x86', 'qemu-system-x86_64 -name guest=web-1 -m 4096 -smp 4 -enable-kvm', 'libvirt-qemu'],
  ['firefox', '/usr/lib/firefox/firefox --contentproc --channel 12', 'ada'],
  ['sshd', 'sshd: ada@pts/0', 'root'],
  ['bash', '-bash', 'ada'],
  ['systemd', '/sbin/init', 'root'],
] as const

export function processes(facts: readonly StagedNodeFacts[], query: URLSearchParams): object {
  const text = query.get('filter') ?? ''
  const all = facts.slice(0, 8).flatMap(({ id, name }, place) =>
    commands.map(([program, command, user], index) => ({
      node: { id, name },
      vm: null,
      bootId: 'staged',
      pid: 400 + place * 1_000 + index * 37,
      startTicks: 1_000 + index,
      parent: 1,
      name: program,
      command,
      user,
      state: index === 0 ? 'running' : 'sleeping',
      processor: wave(place * 7 + index, 0, index < 3 ? 1.6 : 0.2),
      residentBytes: wave(place + index, 4e6, 9e8),
      memory: wave(place + index, 0.001, 0.06),
      privateBytes: null,
      threads: 1 + index * 3,
      nice: 0,
      startedAt: new Date(Date.now() - 3_600_000 * (index + 1)).toISOString(),
      openFiles: null,
      readBytesPerSecond: 0,
      writtenBytesPerSecond: 0,
    })),
  )
  const matching = all.filter(({ command, name }) => command.includes(text) || name.includes(text))
  const sorted = matching.toSorted((one, other) => other.processor - one.processor)
  return { processes: sorted, matching: matching.length, total: all.length, unanswered: [] }
}
