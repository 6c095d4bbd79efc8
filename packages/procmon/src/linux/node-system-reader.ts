import type { Clock } from '@flotilla/core/time'
import type { Problems } from '../problems.ts'
import type { PressureReading, ProcessorReading, SystemReading } from '../readings.ts'
import { Latch } from '../asking/latch.ts'
import type { LinuxSourceLimits } from './limits.ts'
import { ContainerLimits } from './node-container.ts'
import { FileSystems } from './node-file-systems.ts'
import { Links } from './node-links.ts'
import { Sensors, type SensorsReading } from './node-sensors.ts'
import type { AskSpace } from './node-space.ts'
import { SystemFiles } from './node-system-files.ts'
import type { MachineUnits } from './parsing/auxiliary-vector.ts'
import { parseDiskStats } from './parsing/disk-stats.ts'
import { parseLoadAverage, parseUptime } from './parsing/load-average.ts'
import { parseMemoryInfo } from './parsing/memory-info.ts'
import { parseNetworkDevices } from './parsing/network-devices.ts'
import { parsePressure } from './parsing/pressure.ts'
import { parseProcessorStat } from './parsing/processor-stat.ts'
import { atMost } from '../asking/waiting.ts'

export interface SystemReaderOptions {
  readonly root: string
  readonly limits: LinuxSourceLimits
  readonly clock: Clock
  readonly units: MachineUnits
  readonly askLocal: AskSpace
  readonly askRemote: AskSpace
}

/** What a reading says of the machine, besides when and which. */
export type SystemParts = Omit<SystemReading, 'atMs' | 'wallMs' | 'bootId' | 'problems'>

/** All figures of the machine. Each part stands alone: where one cannot be read the others are there. */
export class SystemReader implements Disposable {
  readonly #options: SystemReaderOptions
  readonly #files: SystemFiles
  readonly #fileSystems: FileSystems
  readonly #container: ContainerLimits
  readonly #links: Links
  readonly #sensors: Latch<SensorsReading>

  constructor(options: SystemReaderOptions) {
    const { root, limits } = options
    this.#options = options
    this.#files = new SystemFiles(root, limits.fileBytesMax)
    this.#fileSystems = new FileSystems(options)
    this.#container = new ContainerLimits(root, limits.containerEveryMs)
    this.#links = new Links(root, limits.linksEveryMs)
    const sensors = new Sensors({ root, sensorsMax: limits.sensorsMax, problemsMax: limits.problemsMax })
    this.#sensors = new Latch(() => sensors.read())
  }

  async read(problems: Problems, signal?: AbortSignal): Promise<SystemParts> {
    const { clock } = this.#options
    const nowMs = clock.now()
    const atOnce = {
      ...present('uptimeMs', this.#files.read('uptime', '/proc/uptime', parseUptime, problems)),
      ...present('processor', this.#processor(problems)),
      ...present('memory', this.#files.read('memory', '/proc/meminfo', parseMemoryInfo, problems)),
      ...present('disks', this.#disks(problems)),
      ...present('networks', this.#networks(nowMs, problems)),
      ...present('pressure', this.#pressure(problems)),
      ...present('container', this.#container.read(nowMs, problems)),
    }
    const mounts = this.#files.read('fileSystems', '/proc/self/mountinfo', (text) => text, problems)
    const [fileSystems, sensors] = await Promise.all([
      mounts === undefined ? undefined : this.#fileSystems.read(mounts, problems, signal),
      this.#askSensors(nowMs, problems, signal),
    ])
    return {
      ...atOnce,
      ...present('fileSystems', fileSystems),
      ...present('temperatures', sensors?.temperatures),
      ...present('power', sensors?.power),
    }
  }

  #processor(problems: Problems): ProcessorReading | undefined {
    const { ticksPerSecond } = this.#options.units
    const parse = (text: string): ProcessorReading | undefined => parseProcessorStat(text, ticksPerSecond)
    const processor = this.#files.read('processor', '/proc/stat', parse, problems)
    const load = this.#files.read('load', '/proc/loadavg', parseLoadAverage, problems)
    return processor === undefined || load === undefined ? processor : { ...processor, load }
  }

  #disks(problems: Problems): SystemReading['disks'] {
    const disks = this.#files.read('disks', '/proc/diskstats', parseDiskStats, problems, 'optional')
    return bounded('disks', disks, this.#options.limits.disksMax, problems)
  }

  #networks(nowMs: number, problems: Problems): SystemReading['networks'] {
    const found = this.#files.read('networks', '/proc/self/net/dev', parseNetworkDevices, problems)
    const devices = bounded('networks', found, this.#options.limits.networksMax, problems)
    if (devices === undefined) return undefined
    try {
      return this.#links.read(devices, nowMs)
    } catch (error) {
      problems.failed('networks', error)
      return devices.map((device) => ({ ...device, isUp: true }))
    }
  }

  #pressure(problems: Problems): PressureReading | undefined {
    const read = (resource: string): PressureReading['io'] =>
      this.#files.read(`pressure: ${resource}`, `/proc/pressure/${resource}`, parsePressure, problems, 'optional')
    const pressure = {
      ...present('processor', read('cpu')),
      ...present('memory', read('memory')),
      ...present('io', read('io')),
    }
    return Object.keys(pressure).length === 0 ? undefined : pressure
  }

  async #askSensors(nowMs: number, problems: Problems, signal?: AbortSignal): Promise<SensorsReading | undefined> {
    const { clock, limits } = this.#options
    const everyMs = saysNothing(this.#sensors.latest) ? limits.sensorsAbsentEveryMs : limits.sensorsEveryMs
    const begun = this.#sensors.ask(nowMs, everyMs)
    if (begun !== undefined) await atMost(limits.sensorsDeadlineMs, [begun], clock, signal)
    const { latest } = this.#sensors
    if (this.#sensors.isUnderWay) {
      problems.add('sensors', 'deadline-exceeded', 'sensors do not answer; temperatures and power are older ones')
    }
    if (latest === undefined) return undefined
    if ('error' in latest) {
      problems.failed('sensors', latest.error)
      return undefined
    }
    for (const { part, code, message } of latest.value.problems) problems.add(part, code, message)
    return latest.value
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]()
  }
}

function saysNothing(latest: Latch<SensorsReading>['latest']): boolean {
  if (latest === undefined || 'error' in latest) return false
  const { temperatures, power, problems } = latest.value
  return temperatures.length + power.length + problems.length === 0
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value })
}

function bounded<Item>(
  part: string,
  items: readonly Item[] | undefined,
  most: number,
  problems: Problems,
): readonly Item[] | undefined {
  if (items === undefined || items.length <= most) return items
  problems.add(part, 'limit-reached', `${items.length} of them, of which ${most} are read`)
  return items.slice(0, most)
}
