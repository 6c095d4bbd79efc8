import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import type { SystemReading } from '../readings.ts'
import { openLinuxSource } from './node-linux-source.ts'
import { Sensors, type SensorsReading } from './node-sensors.ts'
import { MachineFolder } from './testing/node-machine-folder.ts'

async function read(files: Readonly<Record<string, string>>, sensorsMax = 128): Promise<SensorsReading> {
  using folder = new MachineFolder()
  folder.write(files)
  return await new Sensors({ root: folder.root, sensorsMax, problemsMax: 8 }).read()
}

const space = Promise.resolve({ totalBytes: 1, freeBytes: 1, availableBytes: 1, files: 1, filesFree: 1 })
const hwmon = 'sys/class/hwmon'
const thermal = 'sys/class/thermal'

test('temperatures of monitors, by their numbers, with labels and limits where there are any', async () => {
  const { temperatures, problems } = await read({
    [`${hwmon}/hwmon10/name`]: 'nvme\n',
    [`${hwmon}/hwmon10/temp1_input`]: '38850\n',
    [`${hwmon}/hwmon10/temp1_label`]: 'Composite\n',
    [`${hwmon}/hwmon10/temp1_crit`]: '84850\n',
    [`${hwmon}/hwmon9/name`]: 'nvme\n',
    [`${hwmon}/hwmon9/temp1_input`]: '41850\n',
    [`${hwmon}/hwmon9/temp1_label`]: 'Composite\n',
    [`${hwmon}/hwmon9/fan1_input`]: '1200\n',
    [`${hwmon}/hwmon2/name`]: 'coretemp\n',
    [`${hwmon}/hwmon2/temp10_input`]: '52000\n',
    [`${hwmon}/hwmon2/temp2_input`]: '-3000\n',
    [`${hwmon}/hwmon2/temp2_crit`]: '0\n',
    [`${hwmon}/hwmon2/temp3_input`]: 'nonsense\n',
  })
  expect(problems).toEqual([])
  expect(temperatures).toEqual([
    { name: 'coretemp temp2', celsius: -3 },
    { name: 'coretemp temp10', celsius: 52 },
    { name: 'nvme Composite', celsius: 41.85 },
    { name: 'nvme Composite 2', celsius: 38.85, criticalCelsius: 84.85 },
  ])
})

test('thermal zones, but for those that are monitors too', async () => {
  const { temperatures } = await read({
    [`${hwmon}/hwmon0/name`]: 'acpitz\n',
    [`${hwmon}/hwmon0/temp1_input`]: '27800\n',
    [`${thermal}/thermal_zone0/type`]: 'acpitz\n',
    [`${thermal}/thermal_zone0/temp`]: '27800\n',
    [`${thermal}/thermal_zone1/type`]: 'cpu-thermal\n',
    [`${thermal}/thermal_zone1/temp`]: '61000\n',
    [`${thermal}/thermal_zone1/trip_point_0_type`]: 'passive\n',
    [`${thermal}/thermal_zone1/trip_point_0_temp`]: '80000\n',
    [`${thermal}/thermal_zone1/trip_point_1_type`]: 'critical\n',
    [`${thermal}/thermal_zone1/trip_point_1_temp`]: '110000\n',
    [`${thermal}/cooling_device0/type`]: 'Fan\n',
  })
  expect(temperatures).toEqual([
    { name: 'acpitz temp1', celsius: 27.8 },
    { name: 'cpu-thermal', celsius: 61, criticalCelsius: 110 },
  ])
})

test('energy that processors count, and batteries', async () => {
  const supply = 'sys/class/power_supply'
  const { power } = await read({
    'sys/class/powercap/intel-rapl/enabled': '1\n',
    'sys/class/powercap/intel-rapl:0/name': 'package-0\n',
    'sys/class/powercap/intel-rapl:0/energy_uj': '262143328850\n',
    'sys/class/powercap/intel-rapl:0:0/name': 'core\n',
    'sys/class/powercap/intel-rapl:0:0/energy_uj': '1500000\n',
    [`${supply}/AC/type`]: 'Mains\n',
    [`${supply}/BAT0/type`]: 'Battery\n',
    [`${supply}/BAT0/capacity`]: '87\n',
    [`${supply}/BAT0/status`]: 'Discharging\n',
    [`${supply}/BAT0/power_now`]: '12500000\n',
    [`${supply}/BAT1/type`]: 'Battery\n',
    [`${supply}/BAT1/status`]: 'Charging\n',
    [`${supply}/BAT1/current_now`]: '-2000000\n',
    [`${supply}/BAT1/voltage_now`]: '12000000\n',
  })
  expect(power).toEqual([
    { name: 'rapl package-0', energyJoules: 262_143.32885 },
    { name: 'rapl core', energyJoules: 1.5 },
    { name: 'BAT0', batteryPercent: 87, watts: 12.5, isCharging: false },
    { name: 'BAT1', watts: 24, isCharging: true },
  ])
})

test('no more of each kind than the limit', async () => {
  const files: Record<string, string> = { [`${hwmon}/hwmon0/name`]: 'x' }
  for (let number = 0; number < 20; number++) files[`${hwmon}/hwmon0/temp${number}_input`] = '1000'
  expect((await read(files, 3)).temperatures).toHaveLength(3)
})

test('a sensor that cannot be read is a problem, and the others are there', async () => {
  const { temperatures, problems } = await read({
    [`${hwmon}/hwmon0/temp1_input/in-the-way`]: '',
    [`${hwmon}/hwmon0/temp2_input`]: '5000',
  })
  expect(temperatures).toEqual([{ name: 'hwmon0 temp2', celsius: 5 }])
  expect(problems).toMatchObject([{ part: 'sensors', code: 'failed' }])
})

test('where there are no sensors it is seldom looked for some; where there are, they are read often', async () => {
  using folder = MachineFolder.recorded()
  const clock = new ManualClock()
  const limits = { sensorsEveryMs: 1_000, sensorsAbsentEveryMs: 60_000 }
  await using source = await openLinuxSource({ root: folder.root, clock, limits, askLocalSpace: () => space })
  const celsius = async (): Promise<number | undefined> => (await source.system()).temperatures?.[0]?.celsius
  expect(await celsius()).toBeUndefined()
  folder.write({ [`${hwmon}/hwmon0/temp1_input`]: '7000' })
  clock.advance(59_999)
  expect(await celsius()).toBeUndefined()
  clock.advance(1)
  expect(await celsius()).toBe(7)
  folder.write({ [`${hwmon}/hwmon0/temp1_input`]: '8000' })
  clock.advance(999)
  expect(await celsius()).toBe(7)
  clock.advance(1)
  expect(await celsius()).toBe(8)
})

/** A pipe that nobody writes to keeps whoever opens it waiting, as a sensor behind a bus that is stuck. */
test.runIf(process.platform === 'linux')('a sensor that never answers holds up one reading, and no other', async () => {
  using folder = MachineFolder.recorded()
  folder.write({ [`${hwmon}/hwmon0/name`]: 'stuck', [`${hwmon}/hwmon1/temp1_input`]: '7000' })
  const pipe = join(folder.root, hwmon, 'hwmon0/temp1_input')
  execFileSync('mkfifo', [pipe])
  await using source = await openLinuxSource({
    root: folder.root,
    limits: { sensorsDeadlineMs: 1, sensorsEveryMs: 0 },
    askLocalSpace: () => space,
  })
  const late = { part: 'sensors', code: 'deadline-exceeded' }
  const first = await source.system()
  expect(first).toMatchObject({ problems: [late], memory: {} })
  expect(first.temperatures).toBeUndefined()
  for (let round = 0; round < 20; round++) expect(await source.system()).toMatchObject({ problems: [late] })
  // Whoever waits at the pipe reads its end; the number is missing, and the monitor behind it has its turn.
  while (!isOpened(pipe)) await othersTurn()
  unlinkSync(pipe)
  let reading: SystemReading = await source.system()
  while (reading.temperatures === undefined) {
    await othersTurn()
    reading = await source.system()
  }
  expect(reading.temperatures).toEqual([{ name: 'hwmon1 temp1', celsius: 7 }])
})

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Opens it for who waits at its other end, if anybody does already, and closes it again. */
function isOpened(pipe: string): boolean {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))
    return true
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENXIO') return false
    throw error
  }
}
