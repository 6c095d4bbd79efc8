import { ProtocolError } from '@flotilla/core/errors'
import type { SystemFigures } from '@flotilla/procmon'
import type { GuestMetrics } from '../contract.ts'
import { isExactObject, memberOf, type ExactJson } from '../lines/index.ts'
import { shaped, type FigureShape } from './figures.ts'

/** Processes of one guest in one line of metrics; more are left out. */
export const guestProcessesMax = 2_048

const stall: FigureShape = {
  fields: {
    some10s: 'number',
    some60s: 'number',
    'full10s?': 'number',
    'full60s?': 'number',
    'someTotalMs?': 'number',
    'fullTotalMs?': 'number',
  },
}

const processor: FigureShape = {
  fields: {
    'usage?': 'number',
    'user?': 'number',
    'system?': 'number',
    'ioWait?': 'number',
    'steal?': 'number',
    cores: { list: { fields: { core: 'number', 'usage?': 'number' } } },
    'load?': { list: 'number' },
    'contextSwitchesPerSecond?': 'number',
  },
}

const memory: FigureShape = {
  fields: {
    totalBytes: 'number',
    usedBytes: 'number',
    availableBytes: 'number',
    'cachedBytes?': 'number',
    swapTotalBytes: 'number',
    swapUsedBytes: 'number',
  },
}

const disk: FigureShape = {
  fields: {
    name: 'text',
    'readBytesPerSecond?': 'number',
    'writtenBytesPerSecond?': 'number',
    'readsPerSecond?': 'number',
    'writesPerSecond?': 'number',
    'busy?': 'number',
  },
}

const fileSystem: FigureShape = {
  fields: {
    mount: 'text',
    device: 'text',
    type: 'text',
    isReadOnly: 'flag',
    isHung: 'flag',
    'totalBytes?': 'number',
    'usedBytes?': 'number',
    'availableBytes?': 'number',
    'filesUsed?': 'number',
    'files?': 'number',
  },
}

const network: FigureShape = {
  fields: {
    name: 'text',
    isUp: 'flag',
    'receivedBytesPerSecond?': 'number',
    'sentBytesPerSecond?': 'number',
    'receivedPacketsPerSecond?': 'number',
    'sentPacketsPerSecond?': 'number',
    'errorsPerSecond?': 'number',
    'dropsPerSecond?': 'number',
    'bitsPerSecond?': 'number',
  },
}

const system: FigureShape = {
  fields: {
    wallMs: 'number',
    bootId: 'text',
    'uptimeMs?': 'number',
    'processor?': processor,
    'memory?': memory,
    'disks?': { list: disk },
    'fileSystems?': { list: fileSystem },
    'networks?': { list: network },
    'temperatures?': { list: { fields: { name: 'text', celsius: 'number', 'criticalCelsius?': 'number' } } },
    'power?': {
      list: { fields: { name: 'text', 'watts?': 'number', 'batteryPercent?': 'number', 'isCharging?': 'flag' } },
    },
    'pressure?': { fields: { 'processor?': stall, 'memory?': stall, 'io?': stall } },
    'container?': {
      fields: {
        'cores?': 'number',
        'memoryLimitBytes?': 'number',
        'memoryBytes?': 'number',
        'throttled?': 'number',
      },
    },
    'extra?': 'numbers',
    'processCount?': 'number',
    problems: { list: { fields: { part: 'text', code: 'text', message: 'text' } } },
  },
}

const processes: FigureShape = {
  list: {
    fields: {
      bootId: 'text',
      pid: 'number',
      startTicks: 'number',
      parent: 'number',
      name: 'text',
      command: 'text',
      user: 'text',
      state: 'text',
      processor: 'number',
      residentBytes: 'number',
      memory: 'number',
      'privateBytes?': 'number',
      threads: 'number',
      nice: 'number',
      startedAtMs: 'number',
      'openFiles?': 'number',
      'readBytesPerSecond?': 'number',
      'writtenBytesPerSecond?': 'number',
    },
  },
}

/** The metrics of a guest, who may be hostile: what is not as it must be is left out, or all of it refused. */
export function readGuestMetrics(value: ExactJson | undefined): GuestMetrics {
  const object = isExactObject(value) ? value : {}
  const figures = shaped(memberOf(object, 'system'), system)
  if (!isSystemFigures(figures)) {
    throw new ProtocolError('wrong-field', 'the metrics of a guest lack its system')
  }
  const listed = memberOf(object, 'processes')
  const some = Array.isArray(listed) ? (listed as readonly ExactJson[]).slice(0, guestProcessesMax) : undefined
  const known = some && shaped(some, processes)
  return { system: figures, ...(Array.isArray(known) ? { processes: known } : {}) }
}

/** The shape above is that type, field by field; and the load has three numbers. */
function isSystemFigures(value: unknown): value is SystemFigures {
  if (typeof value !== 'object' || value === null) return false
  const { processor: figures } = value as { readonly processor?: { readonly load?: readonly number[] } }
  return figures?.load === undefined || figures.load.length === 3
}
