const entry = (
  name: string,
  shown: string,
  origin = 'default',
  calledAs: string | null = null,
  live = false,
): object => {
  return { name, value: shown, shown, origin, calledAs, live }
}

export function settings(): object {
  return {
    file: '/etc/flotilla/config.yaml',
    settings: [
      entry('name', 'ann', 'file', '/etc/flotilla/config.yaml:2'),
      entry('port', '7400'),
      entry('mesh-port', '7440', 'environment', 'FLOTILLA_MESH_PORT'),
      entry('data', '/srv/flotilla/ann', 'flag', '--data'),
      entry('log-level', 'info', 'file', '/etc/flotilla/config.yaml:5', true),
      entry('process-control', 'operators'),
    ],
    onDisk: { file: '/etc/flotilla/config.yaml', problems: [], changed: ['log-level'], waiting: [] },
    warnings: [],
  }
}

const before = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()

export function users(): object {
  return {
    canChange: true,
    users: [
      { name: 'ada', role: 'admin', changedAt: before(12) },
      { name: 'ben', role: 'operator', changedAt: before(3) },
      { name: 'guest', role: 'viewer', changedAt: before(1) },
    ],
  }
}

export function tokens(): object {
  return {
    canChange: true,
    tokens: [{ id: 'a'.repeat(32), name: 'prometheus', role: 'viewer', until: before(-60), createdAt: before(30) }],
  }
}
