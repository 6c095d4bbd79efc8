import { memberOf, type ExactObject } from '../../lines/index.ts'
import { offered, type QgaCommand } from '../command.ts'
import { QgaRefusal } from '../contract.ts'
import { present } from '../present.ts'

const changeOf = (number: string) =>
  ({
    type: 'array',
    of: { type: 'object', members: { [number]: 'integer', online: 'boolean', 'can-offline?': 'boolean' } },
  }) as const

/** Processors, memory blocks, and their figures. */
export const hardware: readonly QgaCommand[] = [
  {
    name: 'guest-get-vcpus',
    arguments: {},
    isOffered: (system) => system.vcpus !== undefined,
    run: async ({ system }) =>
      (await offered(system.vcpus?.())).map(({ id, isOnline, canOffline }) => ({
        'logical-id': id,
        online: isOnline,
        // Optional in the schema, but libvirt refuses a reply without it.
        'can-offline': canOffline,
      })),
  },
  {
    name: 'guest-set-vcpus',
    arguments: { vcpus: changeOf('logical-id') },
    isOffered: (system) => system.setVcpus !== undefined,
    async run({ system }, given) {
      const changes = (given.objects('vcpus') ?? []).map((change) => ({
        id: numberIn(change, 'logical-id'),
        isOnline: memberOf(change, 'online') === true,
      }))
      return changes.length === 0 ? 0 : offered(system.setVcpus?.(changes))
    },
  },
  {
    name: 'guest-get-memory-blocks',
    arguments: {},
    isOffered: (system) => system.memoryBlocks !== undefined,
    run: async ({ system }) =>
      (await offered(system.memoryBlocks?.())).map(({ index, isOnline, canOffline }) => ({
        'phys-index': index,
        online: isOnline,
        'can-offline': canOffline,
      })),
  },
  {
    name: 'guest-set-memory-blocks',
    arguments: { 'mem-blks': changeOf('phys-index') },
    isOffered: (system) => system.setMemoryBlocks !== undefined,
    async run({ system }, given) {
      const changes = (given.objects('mem-blks') ?? []).map((change) => ({
        index: numberIn(change, 'phys-index'),
        isOnline: memberOf(change, 'online') === true,
      }))
      const outcomes = await offered(system.setMemoryBlocks?.(changes))
      return outcomes.map(({ index, outcome, errorNumber }) =>
        present({ 'phys-index': index, response: outcome, 'error-code': errorNumber }),
      )
    },
  },
  {
    name: 'guest-get-memory-block-info',
    arguments: {},
    isOffered: (system) => system.memoryBlockBytes !== undefined,
    run: async ({ system }) => ({ size: await offered(system.memoryBlockBytes?.()) }),
  },
  {
    name: 'guest-get-diskstats',
    arguments: {},
    isOffered: (system) => system.diskStatistics !== undefined,
    run: async ({ system }) =>
      (await offered(system.diskStatistics?.())).map(({ name, major, minor, counters }) => ({
        name,
        major,
        minor,
        stats: { ...counters },
      })),
  },
  {
    name: 'guest-get-cpustats',
    arguments: {},
    isOffered: (system) => system.cpuStatistics !== undefined,
    run: async ({ system }) =>
      (await offered(system.cpuStatistics?.())).map(({ cpu, times }) => ({ type: 'linux', cpu, ...times })),
  },
  {
    name: 'guest-get-load',
    arguments: {},
    isOffered: (system) => system.load !== undefined,
    async run({ system }) {
      const [one, five, fifteen] = await offered(system.load?.())
      return { load1m: one, load5m: five, load15m: fifteen }
    },
  },
]

function numberIn(change: ExactObject, name: string): number {
  const value = memberOf(change, name)
  if (typeof value === 'number' && value >= 0) return value
  throw new QgaRefusal(`Invalid parameter '${name}'`)
}
