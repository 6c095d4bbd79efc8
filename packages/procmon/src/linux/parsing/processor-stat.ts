import type { CpuTimes, ProcessorReading } from '../../readings.ts'

/**
 * `/proc/stat`, without the load; undefined where it does not have the line of all cores together. Of the line of
 * interrupts, which names thousands on large machines, only the sum is looked at.
 */
export function parseProcessorStat(text: string, ticksPerSecond: number): ProcessorReading | undefined {
  let total: CpuTimes | undefined
  const cores: { core: number; times: CpuTimes }[] = []
  const counters = new Map<string, number>()
  for (const line of linesOf(text)) {
    const [, core, rest] = /^cpu(\d*)\s+([\d ]+)$/.exec(line) ?? []
    if (core === undefined || rest === undefined) {
      const [, name, digits] = /^(\w+) (\d+)/.exec(line) ?? []
      if (name !== undefined) counters.set(name, Number(digits))
      continue
    }
    const times = parseTimes(rest, 1_000 / ticksPerSecond)
    if (times === undefined) continue
    if (core === '') total = times
    else cores.push({ core: Number(core), times })
  }
  if (total === undefined) return undefined
  return {
    total,
    cores,
    ...counted(counters, 'contextSwitches', 'ctxt'),
    ...counted(counters, 'interrupts', 'intr'),
    ...counted(counters, 'processesStarted', 'processes'),
    ...counted(counters, 'running', 'procs_running'),
    ...counted(counters, 'blocked', 'procs_blocked'),
  }
}

function counted<Name extends string>(
  counters: ReadonlyMap<string, number>,
  name: Name,
  line: string,
): { readonly [Key in Name]?: number } {
  const count = counters.get(line)
  return count === undefined ? {} : ({ [name]: count } as { readonly [Key in Name]?: number })
}

/** Guests' time is in the users' already. Kernels before 2.6.11 know no stealing, and 2.4 knows nothing but four. */
function parseTimes(rest: string, millisecondsPerTick: number): CpuTimes | undefined {
  const times = rest
    .trim()
    .split(/ +/)
    .map((ticks) => Number(ticks) * millisecondsPerTick)
  const [user, nice, system, idle, ioWait = 0, interrupt = 0, softInterrupt = 0, steal = 0] = times
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return undefined
  return {
    userMs: user,
    niceMs: nice,
    systemMs: system,
    idleMs: idle,
    ioWaitMs: ioWait,
    interruptMs: interrupt + softInterrupt,
    stealMs: steal,
  }
}

/** No line is longer than this for us: the rest of the interrupts is not split, searched or copied. */
const lineCharactersMax = 512

function* linesOf(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length;) {
    const found = text.indexOf('\n', from)
    const end = found === -1 ? text.length : found
    yield text.slice(from, Math.min(end, from + lineCharactersMax))
    from = end + 1
  }
}
