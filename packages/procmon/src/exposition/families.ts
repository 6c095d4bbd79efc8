import type { CpuTimes, PressureReading, SystemReading } from '../readings.ts'
import { expositionLimits } from './limits.ts'

/** A value with those of its labels, in the order of their names; an undefined one is not there. */
export type Series = readonly [labels: readonly string[], value: number | undefined]

export interface Family {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  readonly series: (reading: SystemReading) => readonly Series[]
}

type Things = 'disks' | 'networks' | 'fileSystems' | 'temperatures' | 'power'
type Thing<Kind extends Things> = NonNullable<SystemReading[Kind]>[number]

/** One metric without labels. */
export function single(name: string, help: string, value: (reading: SystemReading) => number | undefined): Family {
  return { name, help, labelNames: [], series: (reading) => [[[], value(reading)]] }
}

/** One series for each thing of a kind. */
export function each<Kind extends Things>(
  kind: Kind,
  labels: Readonly<Record<string, (thing: Thing<Kind>) => string>>,
) {
  const [labelNames, texts] = [Object.keys(labels), Object.values(labels)]
  return (name: string, help: string, value: (thing: Thing<Kind>) => number | undefined): Family => ({
    name,
    help,
    labelNames,
    series: (reading) => {
      const things = (reading[kind] ?? []) as readonly Thing<Kind>[]
      return things.slice(0, expositionLimits.thingsMax).map((thing) => {
        return [texts.map((text) => text(thing)), value(thing)] as const
      })
    },
  })
}

const modes: readonly (readonly [mode: string, time: keyof CpuTimes])[] = [
  ['user', 'userMs'],
  ['nice', 'niceMs'],
  ['system', 'systemMs'],
  ['idle', 'idleMs'],
  ['iowait', 'ioWaitMs'],
  ['irq', 'interruptMs'],
  ['steal', 'stealMs'],
]

/** `irq` is with those of the software, which node_exporter tells apart. */
export const processorFamily: Family = Object.freeze({
  name: 'node_cpu_seconds_total',
  help: 'Seconds that each core spent in each mode.',
  labelNames: ['cpu', 'mode'],
  series: ({ processor }: SystemReading): readonly Series[] =>
    (processor?.cores ?? [])
      .slice(0, expositionLimits.thingsMax)
      .flatMap(({ core, times }) => modes.map(([mode, time]) => [[String(core), mode], times[time] / 1_000] as const)),
})

export function pressureFamily(
  resource: keyof PressureReading,
  kind: 'waiting' | 'stalled',
  name: string,
  help: string,
): Family {
  return single(name, help, ({ pressure }) => {
    const totalMs = kind === 'waiting' ? pressure?.[resource]?.someTotalMs : pressure?.[resource]?.fullTotalMs
    return totalMs === undefined ? undefined : totalMs / 1_000
  })
}
