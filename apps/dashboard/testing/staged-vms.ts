import type { StagedNodeFacts } from './staged-cluster.ts'

const commands = [
  'ping',
  'info',
  'metrics.get',
  'process.list',
  'service.list',
  'disk.show',
  'unsafe.exec',
  'unsafe.shell',
]

function entries(facts: readonly StagedNodeFacts[]): readonly object[] {
  const host = facts[1] ?? facts[0]
  const figures = {
    uptimeMs: 172_800_000,
    processor: 0.184,
    cores: 4,
    load1: 0.7,
    memoryUsedBytes: 1.4e9,
    memoryTotalBytes: 4e9,
    fullestFileSystem: 0.41,
    networkReceivedBytesPerSecond: 81_000,
    networkSentBytesPerSecond: 212_000,
    processCount: 121,
  }
  const shared = { node: { id: host?.id, name: host?.name }, why: null, counters: {}, commands }
  const since = new Date(Date.now() - 7_200_000).toISOString()
  return [
    {
      ...shared,
      vm: 'db-1',
      state: 'there',
      dialect: 'own',
      agentVersion: '0.1.0',
      guest: 'db-1',
      system: 'Debian 13',
      since,
      metricsAt: since,
      figures: { ...figures, processor: 0.512, memoryUsedBytes: 3.1e9 },
    },
    {
      ...shared,
      vm: 'old-mail',
      state: 'silent',
      why: 'nothing answers on its channel',
      dialect: null,
      agentVersion: null,
      guest: null,
      system: null,
      since,
      metricsAt: null,
      figures: {},
      commands: [],
    },
    {
      ...shared,
      vm: 'web-1',
      state: 'there',
      dialect: 'own',
      agentVersion: '0.1.0',
      guest: 'web-1',
      system: 'Debian 13',
      since,
      metricsAt: since,
      figures,
    },
  ]
}

export function vms(facts: readonly StagedNodeFacts[]): object {
  return { vms: entries(facts), unanswered: [] }
}

export function vmMetrics(facts: readonly StagedNodeFacts[], rest: string): object {
  const name = decodeURIComponent(rest.split('?')[0] ?? '')
  const vm = entries(facts).find((entry) => (entry as { readonly vm: string }).vm === name)
  const history = Array.from({ length: 120 }, (_, index) => ({
    at: new Date(Date.now() - (120 - index) * 5_000).toISOString(),
    figures: {
      processor: 0.2 + 0.15 * Math.sin(index / 9),
      memoryUsedBytes: 1.4e9 + index * 2e6,
      memoryTotalBytes: 4e9,
    },
  }))
  return { vm, newest: null, history }
}

export function vmOrder(_document: unknown): readonly object[] {
  const bytes = (text: string): string => Buffer.from(text).toString('base64')
  return [
    {
      event: 'output',
      stream: 'stdout',
      bytes: bytes(' 21:04:11 up 2 days,  1:12,  0 users,  load average: 0.70, 0.52, 0.41\n'),
    },
    { event: 'ended', ending: { type: 'done', value: { exitCode: 0, stdout: '', stderr: '' } }, dropped: 0 },
  ]
}
