import type { CpuTimes } from '../readings.ts'

/*
 * What is asked of `systeminformation` and of Node, and what of the answers is used. Anything may be null there, or not
 * a number, where a platform does not have it.
 */

export interface PortableParts {
  readonly platform: string
  readonly uptimeSeconds: () => number
  readonly loadAverage: () => readonly number[]
  readonly cores: () => readonly { readonly times: CoreTimes }[]
  readonly memory: () => Promise<PortableMemory>
  readonly diskOperations: () => Promise<PortableDiskOperations | null>
  readonly diskBytes: () => Promise<PortableDiskBytes | null>
  readonly fileSystems: () => Promise<readonly PortableFileSystem[]>
  readonly networks: () => Promise<readonly PortableNetwork[]>
  readonly temperature: () => Promise<{ readonly main: number | null }>
  readonly battery: () => Promise<PortableBattery>
  readonly processes: () => Promise<readonly PortableProcess[]>
}

export interface CoreTimes {
  readonly user: number
  readonly nice: number
  readonly sys: number
  readonly idle: number
  readonly irq: number
}

export interface PortableMemory {
  readonly total: number
  readonly free: number
  readonly available: number
  readonly buffers: number
  readonly cached: number
  readonly reclaimable: number
  readonly swaptotal: number
  readonly swapfree: number
}

export interface PortableDiskOperations {
  readonly rIO: number | null
  readonly wIO: number | null
}

export interface PortableDiskBytes {
  readonly rx: number | null
  readonly wx: number | null
}

export interface PortableFileSystem {
  readonly fs: string
  readonly type: string
  readonly size: number
  readonly used: number
  readonly available: number
  readonly mount: string
  readonly rw: boolean | null
}

export interface PortableNetwork {
  readonly iface: string
  readonly operstate: string
  readonly rx_bytes: number | null
  readonly tx_bytes: number | null
  readonly rx_errors: number | null
  readonly tx_errors: number | null
  readonly rx_dropped: number | null
  readonly tx_dropped: number | null
}

export interface PortableBattery {
  readonly hasBattery: boolean
  readonly isCharging: boolean
  readonly percent: number
}

export interface PortableProcess {
  readonly pid: number
  readonly parentPid: number
  readonly name: string
  /** Percent: of all cores together, on macOS of one. */
  readonly cpu: number
  readonly memRss: number
  readonly nice: number
  /** In whole seconds; 0 where it is not told. */
  readonly startedAtMs: number
  readonly state: string
  readonly user: string
  readonly command: string
  readonly params: string
}

export function timesOf({ user, nice, sys, idle, irq }: CoreTimes): CpuTimes {
  return { userMs: user, niceMs: nice, systemMs: sys, idleMs: idle, ioWaitMs: 0, interruptMs: irq, stealMs: 0 }
}

export function sumOfTimes(all: readonly CpuTimes[]): CpuTimes {
  const sum = (name: keyof CpuTimes): number => all.reduce((total, times) => total + times[name], 0)
  return {
    userMs: sum('userMs'),
    niceMs: sum('niceMs'),
    systemMs: sum('systemMs'),
    idleMs: sum('idleMs'),
    ioWaitMs: sum('ioWaitMs'),
    interruptMs: sum('interruptMs'),
    stealMs: sum('stealMs'),
  }
}

/** A count that is there and makes sense. */
export function counted(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}
