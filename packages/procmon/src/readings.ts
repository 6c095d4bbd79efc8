/**
 * What a source reads from the machine: counters as the kernel has them, which only rise, and values of the moment. The
 * sampler makes rates of two readings. Whatever the machine does not offer, or could not be read, is absent; of what
 * ought to be there and failed, `problems` says why.
 */
export interface SystemReading {
  /** When, by the source's own clock, which never goes back: what rates are made with. */
  readonly atMs: number
  readonly wallMs: number
  readonly bootId: string
  readonly uptimeMs?: number
  readonly processor?: ProcessorReading
  readonly memory?: MemoryReading
  readonly disks?: readonly DiskReading[]
  readonly fileSystems?: readonly FileSystemReading[]
  readonly networks?: readonly NetworkReading[]
  readonly temperatures?: readonly TemperatureReading[]
  readonly power?: readonly PowerReading[]
  readonly pressure?: PressureReading
  readonly container?: ContainerReading
  /** How many there are, where that is cheap to say. */
  readonly processCount?: number
  readonly problems: readonly Problem[]
}

/** A part that could not be read; the others are there all the same. */
export interface Problem {
  /** As `temperatures`, `fileSystems: /mnt/backup`, `plugin: gpu`. */
  readonly part: string
  /** Stable, as `not-permitted`, `deadline-exceeded`, `wrong-format`, `failed`. */
  readonly code: string
  readonly message: string
}

/** Since the start of the machine. */
export interface CpuTimes {
  readonly userMs: number
  readonly niceMs: number
  readonly systemMs: number
  readonly idleMs: number
  readonly ioWaitMs: number
  readonly interruptMs: number
  readonly stealMs: number
}

export interface ProcessorReading {
  readonly total: CpuTimes
  /** By number; one that is off is absent from the array's middle no less than from its end, so it names itself. */
  readonly cores: readonly { readonly core: number; readonly times: CpuTimes }[]
  /** Over 1, 5 and 15 minutes; absent on Windows. */
  readonly load?: readonly [number, number, number]
  readonly contextSwitches?: number
  readonly interrupts?: number
  readonly processesStarted?: number
  readonly running?: number
  readonly blocked?: number
}

export interface MemoryReading {
  readonly totalBytes: number
  readonly freeBytes: number
  /** What a program could still get without swapping. */
  readonly availableBytes: number
  readonly cachedBytes?: number
  readonly buffersBytes?: number
  readonly swapTotalBytes: number
  readonly swapFreeBytes: number
}

export interface DiskReading {
  readonly name: string
  readonly reads: number
  readonly writes: number
  readonly readBytes: number
  readonly writtenBytes: number
  /** How long something was under way. */
  readonly busyMs: number
}

export interface FileSystemReading {
  readonly mount: string
  readonly device: string
  readonly type: string
  readonly isReadOnly: boolean
  /** Absent where it has not answered in time: its mount hangs. */
  readonly space?: {
    readonly totalBytes: number
    readonly freeBytes: number
    /** To who is not root. */
    readonly availableBytes: number
    readonly files: number
    readonly filesFree: number
  }
}

export interface NetworkReading {
  readonly name: string
  readonly isUp: boolean
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly receivedPackets: number
  readonly sentPackets: number
  readonly receiveErrors: number
  readonly sendErrors: number
  readonly receiveDrops: number
  readonly sendDrops: number
  readonly bitsPerSecond?: number
}

export interface TemperatureReading {
  readonly name: string
  readonly celsius: number
  readonly criticalCelsius?: number
}

/** A meter that counts energy, or a battery. */
export interface PowerReading {
  readonly name: string
  /** Only rises, but for a wrap. */
  readonly energyJoules?: number
  readonly watts?: number
  readonly batteryPercent?: number
  readonly isCharging?: boolean
}

/** Pressure stall information: which share of the time somebody, or everybody, waited. 0 to 1. */
export interface PressureReading {
  readonly processor?: Stall
  readonly memory?: Stall
  readonly io?: Stall
}

export interface Stall {
  readonly some10s: number
  readonly some60s: number
  readonly full10s?: number
  readonly full60s?: number
  /** How long somebody, or everybody, has waited since the start of the machine. */
  readonly someTotalMs?: number
  readonly fullTotalMs?: number
}

/** Limits of the control group that we are in, where there are any. */
export interface ContainerReading {
  readonly cores?: number
  readonly memoryLimitBytes?: number
  readonly memoryBytes?: number
  readonly throttledMs?: number
  readonly processesMax?: number
}

/** Which process, for ever: its number alone is used again. */
export interface ProcessIdentity {
  readonly bootId: string
  readonly pid: number
  /** In the kernel's ticks since the boot; 0 where the system does not say. */
  readonly startTicks: number
}

export type ProcessState = 'running' | 'sleeping' | 'waiting' | 'stopped' | 'zombie' | 'idle' | 'unknown'

export interface ProcessReading extends ProcessIdentity {
  /** 0 for who has none. */
  readonly parent: number
  readonly name: string
  /** With its arguments, cut at a limit; the name in brackets where it has none, as threads of the kernel. */
  readonly command: string
  readonly user: string
  readonly state: ProcessState
  /** Of all its threads, since its start. */
  readonly processorMs: number
  readonly residentBytes: number
  /** What nobody else has in memory. */
  readonly privateBytes?: number
  readonly threads: number
  readonly nice: number
  readonly startedAtMs: number
  /** Only where detail was asked for, and we may know. */
  readonly openFiles?: number
  readonly readBytes?: number
  readonly writtenBytes?: number
}

export interface ProcessesReading {
  readonly atMs: number
  readonly processes: readonly ProcessReading[]
  /** How many there are, where they are more than the limit. */
  readonly total: number
  readonly problems: readonly Problem[]
}

/** The machine as it can be read. A failing part is a problem in the answer: what rejects is the
 * signal, `closed`, and `overloaded` where too many readings wait for each other. */
export interface MachineSource extends AsyncDisposable {
  readonly platform: 'linux' | 'windows' | 'other'
  system(options?: { readonly signal?: AbortSignal }): Promise<SystemReading>
  /** `detail`: what is dearer to read (open files, bytes read and written), of those pids, or of all. */
  processes(options?: {
    readonly detail?: 'none' | 'all' | ReadonlySet<number>
    readonly signal?: AbortSignal
  }): Promise<ProcessesReading>
}
