import type { SystemFigures } from '@flotilla/procmon'
import { isExactObject, memberOf, type ExactJson } from '../lines/index.ts'

/** What the QEMU guest agent told in one round; what it does not know, or refused, is undefined. */
export interface QgaRound {
  readonly wallMs: number
  readonly load?: ExactJson
  readonly processors?: ExactJson
  readonly disks?: ExactJson
  readonly interfaces?: ExactJson
  readonly fileSystems?: ExactJson
}

export const qgaRoundCommands: readonly (readonly [keyof Omit<QgaRound, 'wallMs'>, string])[] = [
  ['load', 'guest-get-load'],
  ['processors', 'guest-get-cpustats'],
  ['disks', 'guest-get-diskstats'],
  ['interfaces', 'guest-network-get-interfaces'],
  ['fileSystems', 'guest-get-fsinfo'],
]

const partsMax = 256
const sectorBytes = 512

/** Figures as far as that agent's counters say something; memory is not among them. */
export function qgaFigures(before: QgaRound | undefined, now: QgaRound): SystemFigures {
  const seconds = before === undefined ? 0 : (now.wallMs - before.wallMs) / 1_000
  const rate = (later: number | undefined, earlier: number | undefined): number | undefined =>
    later === undefined || earlier === undefined || seconds <= 0 || later < earlier
      ? undefined
      : (later - earlier) / seconds
  const earlierDisks = byName(items(before?.disks), 'name')
  const earlierNetworks = byName(items(before?.interfaces), 'name')
  return {
    wallMs: now.wallMs,
    bootId: '',
    problems: [],
    ...processorOf(before, now),
    ...(now.disks === undefined
      ? {}
      : {
          disks: items(now.disks).map((disk) => {
            const [stats, old] = [fieldOf(disk, 'stats'), fieldOf(earlierDisks.get(text(disk, 'name')), 'stats')]
            const bytes = (name: string): number | undefined => {
              const sectors = rate(number(stats, name), number(old, name))
              return sectors === undefined ? undefined : sectors * sectorBytes
            }
            return {
              name: text(disk, 'name'),
              ...present('readBytesPerSecond', bytes('read-sectors')),
              ...present('writtenBytesPerSecond', bytes('write-sectors')),
            }
          }),
        }),
    ...(now.interfaces === undefined
      ? {}
      : {
          networks: items(now.interfaces)
            .filter((each) => text(each, 'name') !== 'lo')
            .map((each) => {
              const [stats, old] = [
                fieldOf(each, 'statistics'),
                fieldOf(earlierNetworks.get(text(each, 'name')), 'statistics'),
              ]
              return {
                name: text(each, 'name'),
                isUp: true,
                ...present('receivedBytesPerSecond', rate(number(stats, 'rx-bytes'), number(old, 'rx-bytes'))),
                ...present('sentBytesPerSecond', rate(number(stats, 'tx-bytes'), number(old, 'tx-bytes'))),
              }
            }),
        }),
    ...(now.fileSystems === undefined ? {} : { fileSystems: items(now.fileSystems).map(fileSystemOf) }),
  }
}

function fileSystemOf(each: ExactJson): NonNullable<SystemFigures['fileSystems']>[number] {
  const [total, used] = [number(each, 'total-bytes'), number(each, 'used-bytes')]
  return {
    mount: text(each, 'mountpoint'),
    device: text(each, 'name'),
    type: text(each, 'type'),
    isReadOnly: false,
    isHung: false,
    ...present('totalBytes', total),
    ...present('usedBytes', used),
    ...present('availableBytes', total === undefined || used === undefined ? undefined : Math.max(0, total - used)),
  }
}

const idleTimes = ['idle', 'iowait']
const busyTimes = ['user', 'nice', 'system', 'irq', 'softirq', 'steal']

function processorOf(before: QgaRound | undefined, now: QgaRound): Pick<SystemFigures, 'processor'> {
  const load = [number(now.load, 'load1m'), number(now.load, 'load5m'), number(now.load, 'load15m')]
  const [one, five, fifteen] = load
  const cores = items(now.processors)
  if (one === undefined && cores.length === 0) return {}
  const total = (round: QgaRound | undefined, names: readonly string[]): number =>
    items(round?.processors).reduce<number>(
      (sum, core) => sum + names.reduce((inner, name) => inner + (number(core, name) ?? 0), 0),
      0,
    )
  const busy = total(now, busyTimes) - total(before, busyTimes)
  const all = busy + total(now, idleTimes) - total(before, idleTimes)
  const isKnown = before?.processors !== undefined && all > 0 && busy >= 0
  return {
    processor: {
      ...(isKnown ? { usage: Math.min(1, busy / all) } : {}),
      cores: cores.map((_, core) => ({ core })),
      ...(one === undefined || five === undefined || fifteen === undefined ? {} : { load: [one, five, fifteen] }),
    },
  }
}

/** `Debian GNU/Linux 12 (bookworm)`, where the agent knows it. */
export function qgaSystemName(value: ExactJson): string | undefined {
  const name = text(value, 'pretty-name') || [text(value, 'name'), text(value, 'version')].join(' ').trim()
  return name === '' ? undefined : name
}

/** Which commands may be asked for, and the agent's version. */
export function qgaAgent(value: ExactJson): { readonly version: string; readonly commands: readonly string[] } {
  const commands = items(fieldOf(value, 'supported_commands'), 256)
  const enabled = commands.filter((each) => fieldOf(each, 'enabled') === true).map((each) => text(each, 'name'))
  return { version: text(value, 'version'), commands: enabled.filter((name) => /^guest-[a-z0-9-]{1,48}$/.test(name)) }
}

function items(value: ExactJson | undefined, countMax: number = partsMax): readonly ExactJson[] {
  return Array.isArray(value) ? (value as readonly ExactJson[]).slice(0, countMax) : []
}

function byName(values: readonly ExactJson[], name: string): ReadonlyMap<string, ExactJson> {
  return new Map(values.map((value) => [text(value, name), value]))
}

function fieldOf(value: ExactJson | undefined, name: string): ExactJson | undefined {
  return value !== undefined && isExactObject(value) ? memberOf(value, name) : undefined
}

function text(value: ExactJson | undefined, name: string): string {
  const found = fieldOf(value, name)
  return typeof found === 'string' ? found.slice(0, 256).toWellFormed() : ''
}

function number(value: ExactJson | undefined, name: string): number | undefined {
  const found = fieldOf(value, name)
  const asNumber = typeof found === 'bigint' ? Number(found) : found
  return typeof asNumber === 'number' && Number.isFinite(asNumber) && asNumber >= 0 ? asNumber : undefined
}

function present<Name extends string>(name: Name, value: number | undefined): { readonly [Key in Name]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: number }
}
