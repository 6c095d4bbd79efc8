/** Who may import whom. Arrows point down to `core`; a new one is a decision for a person, taken here alone. */
export interface House {
  /** For each package the packages that it may import; in tests also `sim`. */
  readonly packages: Readonly<Record<string, readonly string[]>>
  /** For each app the other apps that it may import, besides every package but `sim`. */
  readonly apps: Readonly<Record<string, readonly string[]>>
}

/** Files that load what people name at run time, each with the reason. What they load is no part of the house. */
export const pluginLoaders: Readonly<Record<string, string>> = {
  'packages/procmon/src/plugins/node-load-collector.ts': 'collectors are files of whoever runs the node',
}

export const house: House = {
  packages: {
    core: [],
    sim: ['core'],
    certificates: ['core'],
    transport: ['core', 'certificates'],
    discovery: ['core', 'certificates'],
    cluster: ['core', 'certificates', 'raft'],
    raft: ['core'],
    locks: ['core', 'raft'],
    queue: ['core', 'raft'],
    'cache-mesi': ['core'],
    'cas-store': ['core'],
    sync: ['core', 'cas-store'],
    procmon: ['core'],
    'virtio-agent': ['core', 'procmon'],
    auction: ['core'],
  },
  apps: {
    node: ['dashboard'],
    cli: [],
    agent: [],
    dashboard: [],
  },
}
