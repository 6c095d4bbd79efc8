import { QgaRefusal, type QgaSystem } from '../../qga/contract.ts'
import type { MachineFiles } from './machine-files.ts'
import { parseZone } from './parsing/said.ts'
import type { SystemPrograms } from './system-programs.ts'

const nanosecondsPerSecond = 1_000_000_000n
/** The year 10000: beyond it programs disagree about what a date is. */
const secondsMax = 253_402_300_800n

export interface TimeOfDayOptions {
  readonly files: MachineFiles
  readonly programs: SystemPrograms
  /** What Node thinks: in seconds ahead of UTC. */
  readonly offsetSeconds: () => number
}

export function timeOfDay(options: TimeOfDayOptions): Pick<QgaSystem, 'setTime' | 'timezone'> {
  return {
    setTime: (nanoseconds) => (nanoseconds === undefined ? fromHardware(options) : setTo(options, nanoseconds)),
    timezone: () => zone(options),
  }
}

async function fromHardware({ programs }: TimeOfDayOptions): Promise<void> {
  await programs.done({ path: 'hwclock', arguments: ['-s'], package: 'util-linux' })
}

async function setTo({ files, programs }: TimeOfDayOptions, nanoseconds: bigint): Promise<void> {
  const seconds = nanoseconds / nanosecondsPerSecond
  if (nanoseconds < 0n || seconds >= secondsMax) throw new QgaRefusal('the time is outside of the years 1970 to 9999')
  const fraction = (nanoseconds % nanosecondsPerSecond).toString().padStart(9, '0')
  // That of busybox takes whole seconds only.
  await programs.firstDone([
    { path: 'date', arguments: ['-u', '-s', `@${seconds}.${fraction}`] },
    { path: 'date', arguments: ['-u', '-s', `@${seconds}`] },
  ])
  if ((await files.names('/sys/class/rtc')).length === 0) return
  const { isDone, complaint } = await programs.run({ path: 'hwclock', arguments: ['-w'], package: 'util-linux' })
  if (!isDone) throw new QgaRefusal(`the time was set, but the hardware clock was not: ${complaint}`)
}

async function zone({ programs, offsetSeconds }: TimeOfDayOptions): Promise<ReturnType<typeof needed>> {
  try {
    return needed(parseZone(await programs.done({ path: 'date', arguments: ['+%Z %z'] })), offsetSeconds)
  } catch (error) {
    if (error instanceof QgaRefusal) return needed(undefined, offsetSeconds)
    throw error
  }
}

function needed(
  parsed: ReturnType<typeof parseZone>,
  offsetSeconds: () => number,
): NonNullable<ReturnType<typeof parseZone>> {
  return parsed ?? { offsetSeconds: offsetSeconds() }
}
