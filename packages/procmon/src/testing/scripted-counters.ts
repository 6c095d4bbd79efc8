import type { CpuTimes, SystemReading } from '../readings.ts'
import type { ScriptedLoad } from './scripted-machine.ts'

export interface CountersOptions {
  readonly cores: number
  readonly memoryBytes: number
  readonly startedAtMs: number
}

const swapBytes = 2_000_000_000
const rootBytes = 100_000_000_000

/** What the counters of a scripted machine say. */
export class Counters {
  readonly #cores: number
  readonly #memoryBytes: number
  #bootAtMs: number
  #lastMs: number
  #busyMs = 0
  #passedMs = 0
  readonly #bytes = { read: 0, written: 0, received: 0, sent: 0 }

  constructor({ cores, memoryBytes, startedAtMs }: CountersOptions) {
    this.#cores = cores
    this.#memoryBytes = memoryBytes
    this.#bootAtMs = startedAtMs
    this.#lastMs = startedAtMs
  }

  reset(nowMs: number): void {
    this.#bootAtMs = nowMs
    this.#lastMs = nowMs
    this.#busyMs = 0
    this.#passedMs = 0
    Object.assign(this.#bytes, { read: 0, written: 0, received: 0, sent: 0 })
  }

  /** Says how much has passed since it was last called. */
  pass(nowMs: number, load: ScriptedLoad): number {
    const passedMs = nowMs - this.#lastMs
    this.#lastMs = nowMs
    this.#passedMs += passedMs
    this.#busyMs += passedMs * load.usage
    const seconds = passedMs / 1_000
    this.#bytes.read += seconds * load.readBytesPerSecond
    this.#bytes.written += seconds * load.writtenBytesPerSecond
    this.#bytes.received += seconds * load.receivedBytesPerSecond
    this.#bytes.sent += seconds * load.sentBytesPerSecond
    return passedMs
  }

  reading(now: {
    readonly atMs: number
    readonly wallMs: number
    readonly bootId: string
    readonly load: ScriptedLoad
  }): SystemReading {
    const { atMs, wallMs, bootId, load } = now
    const availableBytes = this.#memoryBytes - load.memoryUsedBytes
    return {
      atMs,
      wallMs,
      bootId,
      uptimeMs: atMs - this.#bootAtMs,
      processor: {
        total: this.#times(this.#cores),
        cores: Array.from({ length: this.#cores }, (_, core) => ({ core, times: this.#times(1) })),
        load: [load.usage * this.#cores, load.usage * this.#cores, load.usage * this.#cores],
        contextSwitches: Math.floor(this.#passedMs),
      },
      memory: {
        totalBytes: this.#memoryBytes,
        freeBytes: Math.floor(availableBytes / 2),
        availableBytes,
        cachedBytes: Math.floor(availableBytes / 2),
        buffersBytes: 0,
        swapTotalBytes: swapBytes,
        swapFreeBytes: swapBytes - load.swapUsedBytes,
      },
      ...this.#devices(load),
      temperatures: [{ name: 'package', celsius: load.celsius, criticalCelsius: 100 }],
      problems: [],
    }
  }

  #times(cores: number): CpuTimes {
    const busyMs = this.#busyMs * cores
    return {
      userMs: busyMs * 0.75,
      niceMs: 0,
      systemMs: busyMs * 0.25,
      idleMs: this.#passedMs * cores - busyMs,
      ioWaitMs: 0,
      interruptMs: 0,
      stealMs: 0,
    }
  }

  #devices(load: ScriptedLoad): Pick<SystemReading, 'disks' | 'fileSystems' | 'networks'> {
    const { read, written, received, sent } = this.#bytes
    const freeBytes = rootBytes - load.rootUsedBytes
    const space = { totalBytes: rootBytes, freeBytes, availableBytes: freeBytes, files: 1_000_000, filesFree: 900_000 }
    return {
      disks: [
        {
          name: 'sda',
          reads: Math.floor(read / 4_096),
          writes: Math.floor(written / 4_096),
          readBytes: read,
          writtenBytes: written,
          busyMs: Math.min(this.#passedMs, (read + written) / 1_000_000),
        },
      ],
      fileSystems: [{ mount: '/', device: '/dev/sda1', type: 'ext4', isReadOnly: false, space }],
      networks: [
        {
          name: 'eth0',
          isUp: true,
          receivedBytes: received,
          sentBytes: sent,
          receivedPackets: Math.floor(received / 1_000),
          sentPackets: Math.floor(sent / 1_000),
          receiveErrors: 0,
          sendErrors: 0,
          receiveDrops: 0,
          sendDrops: 0,
          bitsPerSecond: 1_000_000_000,
        },
      ],
    }
  }
}
