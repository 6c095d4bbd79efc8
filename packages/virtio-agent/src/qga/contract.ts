/**
 * What the QEMU guest agent's commands need of the machine, without their wire shapes: `qga/` validates what came,
 * asks this, and makes the replies. A method that this system cannot offer is absent: its command is then listed as
 * disabled. A `QgaRefusal` is told to the host as it is; anything else as a general sentence.
 */
export interface QgaSystem extends AsyncDisposable {
  /** In nanoseconds since 1970. */
  time?(): bigint
  /** From the hardware clock where it is undefined. */
  setTime?(nanoseconds: bigint | undefined): Promise<void>
  /** Begins it, and resolves once that is certain. */
  shutdown?(mode: 'halt' | 'powerdown' | 'reboot'): Promise<void>
  suspend?(mode: 'disk' | 'ram' | 'hybrid'): Promise<void>
  hostName?(): Promise<string>
  timezone?(): Promise<{ readonly zone?: string; readonly offsetSeconds: number }>
  osInfo?(): Promise<QgaOsInfo>
  users?(): Promise<readonly { readonly user: string; readonly domain?: string; readonly loginTimeSeconds: number }[]>
  interfaces?(): Promise<readonly QgaInterface[]>
  routes?(): Promise<readonly QgaRoute[]>
  vcpus?(): Promise<readonly { readonly id: number; readonly isOnline: boolean; readonly canOffline: boolean }[]>
  /** How many of them, from the front, were done. */
  setVcpus?(changes: readonly { readonly id: number; readonly isOnline: boolean }[]): Promise<number>
  memoryBlocks?(): Promise<
    readonly { readonly index: number; readonly isOnline: boolean; readonly canOffline: boolean }[]
  >
  setMemoryBlocks?(changes: readonly { readonly index: number; readonly isOnline: boolean }[]): Promise<
    readonly {
      readonly index: number
      readonly outcome: 'success' | 'not-found' | 'operation-not-supported' | 'operation-failed'
      readonly errorNumber?: number
    }[]
  >
  memoryBlockBytes?(): Promise<number>
  disks?(): Promise<readonly QgaDisk[]>
  fileSystems?(): Promise<readonly QgaFileSystem[]>
  diskStatistics?(): Promise<readonly QgaDiskStatistics[]>
  cpuStatistics?(): Promise<readonly QgaCpuStatistics[]>
  load?(): Promise<readonly [number, number, number]>
  freeze?: QgaFreezing
  /** Gives what is unused back to the host. */
  trim?(minimumBytes: number): Promise<
    readonly {
      readonly path: string
      readonly trimmedBytes?: number
      readonly minimumBytes?: number
      readonly error?: string
    }[]
  >
  setUserPassword?(user: string, password: Uint8Array, isCrypted: boolean): Promise<void>
  sshKeys?: {
    get(user: string): Promise<readonly string[]>
    add(user: string, keys: readonly string[], isReset: boolean): Promise<void>
    remove(user: string, keys: readonly string[]): Promise<void>
  }
  /** Only where the configuration allows it. */
  files?: QgaFiles
  /** Only where the configuration allows it. */
  programs?: QgaPrograms
}

/** Told to the host as it is. */
export class QgaRefusal extends Error {
  override readonly name = 'QgaRefusal'
}

export interface QgaFreezing {
  /** How many file systems are frozen now, of those asked for or of all. All or none: where one fails, others thaw. */
  freeze(mounts: readonly string[] | undefined): Promise<number>
  thaw(): Promise<number>
  /** Also after the agent was started again. */
  readonly isFrozen: boolean
}

export interface QgaFiles {
  open(path: string, mode: string): Promise<QgaFile>
}

export interface QgaFile extends AsyncDisposable {
  read(bytesMax: number): Promise<{ readonly bytes: Uint8Array; readonly isAtEnd: boolean }>
  write(bytes: Uint8Array): Promise<number>
  seek(offset: number, whence: 'set' | 'cur' | 'end'): Promise<{ readonly position: number; readonly isAtEnd: boolean }>
  flush(): Promise<void>
}

export interface QgaPrograms {
  /** Its number; its outcome is kept until it is asked for, but for so many programs at most. */
  start(program: {
    readonly path: string
    readonly arguments: readonly string[]
    /** In place of ours. */
    readonly environment?: readonly string[]
    readonly input?: Uint8Array
    readonly capture: 'none' | 'stdout' | 'stderr' | 'separated' | 'merged'
  }): Promise<number>
  /** Undefined where there is no such program (any more). */
  status(pid: number): QgaProgramStatus | undefined
}

export type QgaProgramStatus =
  | { readonly isExited: false }
  | {
      readonly isExited: true
      readonly exitCode?: number
      readonly signal?: number
      readonly stdout?: Uint8Array
      readonly stderr?: Uint8Array
      readonly isStdoutCut?: boolean
      readonly isStderrCut?: boolean
    }

export interface QgaOsInfo {
  readonly kernelRelease?: string
  readonly kernelVersion?: string
  readonly machine?: string
  readonly id?: string
  readonly name?: string
  readonly prettyName?: string
  readonly version?: string
  readonly versionId?: string
  readonly variant?: string
  readonly variantId?: string
}

export interface QgaInterface {
  readonly name: string
  readonly hardwareAddress?: string
  readonly addresses: readonly { readonly type: 'ipv4' | 'ipv6'; readonly address: string; readonly prefix: number }[]
  readonly statistics?: {
    readonly receivedBytes: number
    readonly receivedPackets: number
    readonly receiveErrors: number
    readonly receiveDrops: number
    readonly sentBytes: number
    readonly sentPackets: number
    readonly sendErrors: number
    readonly sendDrops: number
  }
}

export interface QgaRoute {
  readonly interface: string
  readonly destination: string
  readonly metric: number
  readonly source?: string
  readonly gateway?: string
  readonly mask?: string
  readonly prefixLength?: number
  readonly version: 4 | 6
}

/** Where a disk hangs; numbers are -1 where nobody knows, as the original says too. */
export interface QgaDiskAddress {
  readonly pci: { readonly domain: number; readonly bus: number; readonly slot: number; readonly function: number }
  readonly busType: string
  readonly bus: number
  readonly target: number
  readonly unit: number
  readonly serial?: string
  readonly device?: string
}

export interface QgaDisk {
  readonly name: string
  readonly isPartition: boolean
  readonly dependencies?: readonly string[]
  readonly address?: QgaDiskAddress
  readonly alias?: string
}

export interface QgaFileSystem {
  readonly name: string
  readonly mount: string
  readonly type: string
  readonly usedBytes?: number
  readonly totalBytes?: number
  readonly totalBytesPrivileged?: number
  readonly disks: readonly QgaDiskAddress[]
}

export interface QgaDiskStatistics {
  readonly name: string
  readonly major: number
  readonly minor: number
  /** As `/proc/diskstats` has them, by the names of the schema. */
  readonly counters: Readonly<Record<string, number>>
}

export interface QgaCpuStatistics {
  readonly cpu: number
  /** In milliseconds, by the names of the schema. */
  readonly times: Readonly<Record<string, number>>
}
