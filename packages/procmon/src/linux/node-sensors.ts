import { readdir, readFile } from 'node:fs/promises'
import { isAbsent, Problems } from '../problems.ts'
import type { PowerReading, Problem, TemperatureReading } from '../readings.ts'
import { parseWholeNumber } from './parsing/named-numbers.ts'

export interface SensorsReading {
  readonly temperatures: readonly TemperatureReading[]
  readonly power: readonly PowerReading[]
  readonly problems: readonly Problem[]
}

export interface SensorsOptions {
  readonly root: string
  /** Of each kind. */
  readonly sensorsMax: number
  readonly problemsMax: number
}

/**
 * Temperatures, energy and batteries, of `/sys/class`. One file after the other through the pool of threads: a sensor
 * behind a slow bus takes milliseconds to answer, and one that never does holds a single thread.
 */
export class Sensors {
  readonly #options: SensorsOptions

  constructor(options: SensorsOptions) {
    this.#options = options
  }

  async read(): Promise<SensorsReading> {
    const problems = new Problems(this.#options.problemsMax)
    const temperatures = [...(await this.#monitors(problems))]
    const chips = new Set(temperatures.map(({ chip }) => chip))
    // A zone of ACPI or of a processor is often a monitor too.
    for (const zone of await this.#zones(problems)) if (!chips.has(zone.chip)) temperatures.push(zone)
    const power = [...(await this.#meters(problems)), ...(await this.#supplies(problems))]
    return {
      temperatures: distinct(temperatures.map(({ reading }) => reading)),
      power: distinct(power),
      problems: problems.all(),
    }
  }

  async #monitors(problems: Problems): Promise<readonly Sensed[]> {
    const found: Sensed[] = []
    for (const folder of await this.#folders('hwmon', problems)) {
      const chip = (await this.#text(`${folder}/name`, problems)) ?? lastOf(folder)
      for (const file of await this.#entries(folder, problems)) {
        const [, number] = /^temp(\d+)_input$/.exec(file) ?? []
        if (number === undefined || found.length >= this.#options.sensorsMax) continue
        const label = await this.#text(`${folder}/temp${number}_label`, problems)
        const celsius = await this.#thousandths(`${folder}/${file}`, problems)
        const critical = await this.#thousandths(`${folder}/temp${number}_crit`, problems)
        if (celsius === undefined) continue
        const name = `${chip} ${label || `temp${number}`}`
        found.push({ chip, reading: temperature(name, celsius, critical) })
      }
    }
    return found
  }

  async #zones(problems: Problems): Promise<readonly Sensed[]> {
    const found: Sensed[] = []
    for (const folder of await this.#folders('thermal', problems)) {
      if (!lastOf(folder).startsWith('thermal_zone') || found.length >= this.#options.sensorsMax) continue
      const chip = (await this.#text(`${folder}/type`, problems)) ?? lastOf(folder)
      const celsius = await this.#thousandths(`${folder}/temp`, problems)
      if (celsius === undefined) continue
      const critical = await this.#criticalTrip(folder, problems)
      found.push({ chip, reading: temperature(chip, celsius, critical) })
    }
    return found
  }

  async #criticalTrip(folder: string, problems: Problems): Promise<number | undefined> {
    for (let number = 0; number < tripsMax; number++) {
      const type = await this.#text(`${folder}/trip_point_${number}_type`, problems)
      if (type === undefined) return undefined
      if (type === 'critical') return await this.#thousandths(`${folder}/trip_point_${number}_temp`, problems)
    }
    return undefined
  }

  /** Running average power limit: the energy that a processor has used since some time. */
  async #meters(problems: Problems): Promise<readonly PowerReading[]> {
    const found: PowerReading[] = []
    for (const folder of await this.#folders('powercap', problems)) {
      if (found.length >= this.#options.sensorsMax) break
      const microjoules = await this.#number(`${folder}/energy_uj`, problems)
      if (microjoules === undefined) continue
      const name = (await this.#text(`${folder}/name`, problems)) ?? lastOf(folder)
      found.push({ name: `rapl ${name}`, energyJoules: microjoules / 1e6 })
    }
    return found
  }

  async #supplies(problems: Problems): Promise<readonly PowerReading[]> {
    const found: PowerReading[] = []
    for (const folder of await this.#folders('power_supply', problems)) {
      if (found.length >= this.#options.sensorsMax) break
      if ((await this.#text(`${folder}/type`, problems)) !== 'Battery') continue
      const batteryPercent = await this.#number(`${folder}/capacity`, problems)
      const status = await this.#text(`${folder}/status`, problems)
      const watts = await this.#watts(folder, problems)
      found.push({
        name: lastOf(folder),
        ...(batteryPercent === undefined ? {} : { batteryPercent }),
        ...(watts === undefined ? {} : { watts }),
        ...(status === undefined ? {} : { isCharging: status === 'Charging' }),
      })
    }
    return found
  }

  async #watts(folder: string, problems: Problems): Promise<number | undefined> {
    const microwatts = await this.#number(`${folder}/power_now`, problems)
    if (microwatts !== undefined) return Math.abs(microwatts) / 1e6
    const microamperes = await this.#number(`${folder}/current_now`, problems)
    const microvolts = await this.#number(`${folder}/voltage_now`, problems)
    if (microamperes === undefined || microvolts === undefined) return undefined
    return (Math.abs(microamperes) / 1e6) * (microvolts / 1e6)
  }

  async #folders(kind: string, problems: Problems): Promise<readonly string[]> {
    const folder = `${this.#options.root}/sys/class/${kind}`
    return (await this.#entries(folder, problems)).map((name) => `${folder}/${name}`)
  }

  async #entries(folder: string, problems: Problems): Promise<readonly string[]> {
    try {
      const names = await readdir(folder)
      return names.toSorted((left, right) => numberIn(left) - numberIn(right) || (left < right ? -1 : 1))
    } catch (error) {
      if (!isAbsent(error)) problems.failed('sensors', error)
      return []
    }
  }

  async #thousandths(path: string, problems: Problems): Promise<number | undefined> {
    const number = await this.#number(path, problems)
    return number === undefined ? undefined : number / 1_000
  }

  async #number(path: string, problems: Problems): Promise<number | undefined> {
    const text = await this.#text(path, problems)
    return text === undefined ? undefined : parseWholeNumber(text)
  }

  async #text(path: string, problems: Problems): Promise<string | undefined> {
    try {
      return (await readFile(path, 'utf8')).slice(0, sensorCharactersMax).trim()
    } catch (error) {
      if (!isAbsent(error)) problems.failed('sensors', error)
      return undefined
    }
  }
}

const tripsMax = 16
const sensorCharactersMax = 256

interface Sensed {
  readonly chip: string
  readonly reading: TemperatureReading
}

function temperature(name: string, celsius: number, critical: number | undefined): TemperatureReading {
  return isSensible(critical) ? { name, celsius, criticalCelsius: critical } : { name, celsius }
}

/** Drivers say 0, or something absurd, where they know of no limit. */
function isSensible(celsius: number | undefined): celsius is number {
  return celsius !== undefined && celsius > 0 && celsius < 1_000
}

/** `hwmon10` comes after `hwmon9`. */
function numberIn(name: string): number {
  return Number(/\d+/.exec(name)?.[0] ?? -1)
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Two disks have monitors of the same name: the second is called `nvme Composite 2`. */
function distinct<Named extends { readonly name: string }>(all: readonly Named[]): readonly Named[] {
  const counts = new Map<string, number>()
  return all.map((one) => {
    const count = (counts.get(one.name) ?? 0) + 1
    counts.set(one.name, count)
    return count === 1 ? one : { ...one, name: `${one.name} ${count}` }
  })
}
