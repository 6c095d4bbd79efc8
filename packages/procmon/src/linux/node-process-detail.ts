import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import type { ReadBuffer } from './node-kernel-file.ts'
import { parseProcessTraffic } from './parsing/process-traffic.ts'

/** What is dearer to read of a process. Whatever we may not know is absent. */
export interface ProcessDetail {
  openFiles?: number
  readBytes?: number
  writtenBytes?: number
}

/** `io` has seven lines. */
const ioBytesMax = 1_024

/** What all processes share when they are read in detail. */
export class DetailReading {
  readonly folder: string
  readonly buffer: ReadBuffer
  /** Since Linux 6.2 the size of the folder of descriptors is their number; before, it is 0 and they are listed. */
  readonly hasCounts: boolean
  readonly traffic: { readBytes: number; writtenBytes: number } = { readBytes: 0, writtenBytes: 0 }

  constructor(folder: string, buffer: ReadBuffer) {
    this.folder = folder
    this.buffer = buffer
    this.hasCounts = (statSync(`${folder}/self/fd`, { throwIfNoEntry: false })?.size ?? 0) > 0
  }
}

/** When details are read, and of whom. */
export interface DetailLook {
  readonly pid: number
  readonly nowMs: number
  /** What the process has used so far. */
  readonly processorTicks: number
  /** How old details may be of a process that has used none since. */
  readonly everyMs: number
  /** Whether files may stay open. */
  readonly mayKeep: boolean
}

/** One process's details, whose files stay open from the second time on. */
export class DetailFiles {
  #io: number | undefined
  #fd: number | undefined
  /** Somebody else's, as a rule. What we may know changes with who it is: see `retry`. */
  #mayReadIo = true
  #mayReadFd = true
  #readAtMs = -Infinity
  #readAtTicks = -1
  #latest: ProcessDetail = {}

  get latest(): ProcessDetail {
    return this.#latest
  }

  /** A process that has become another user's, or ours, is asked again. */
  retry(): void {
    this.#mayReadIo = true
    this.#mayReadFd = true
  }

  /**
   * Reads what there is, unless the process has not run since it was read last, which is not long ago. Returns whether
   * it went by a path. Throws nothing: the caller looks afterwards whether it is still the same process.
   */
  read(shared: DetailReading, look: DetailLook): boolean {
    const { pid, nowMs, processorTicks, everyMs, mayKeep } = look
    if (processorTicks === this.#readAtTicks && nowMs - this.#readAtMs < everyMs) return false
    const isFirst = this.#readAtTicks === -1
    const openBefore = this.descriptorsOpen
    const isKept = mayKeep && !isFirst
    this.#readAtTicks = processorTicks
    // Turns are spread by number, so that not all processes have theirs in one reading.
    this.#readAtMs = nowMs - (isFirst ? (everyMs * (pid % 61)) / 61 : 0)
    const into: ProcessDetail = {}
    if (this.#mayReadFd) this.#readOpenFiles(pid, shared, isKept, into)
    if (this.#mayReadIo) this.#readTraffic(pid, shared, isKept, into)
    this.#latest = into
    return openBefore < 2
  }

  #readOpenFiles(pid: number, shared: DetailReading, isKept: boolean, into: ProcessDetail): void {
    const path = `${shared.folder}/${pid}/fd`
    try {
      if (!shared.hasCounts) {
        into.openFiles = readdirSync(path).length
      } else if (isKept || this.#fd !== undefined) {
        this.#fd ??= openSync(path, 'r')
        into.openFiles = fstatSync(this.#fd).size
      } else {
        into.openFiles = statSync(path).size
      }
    } catch {
      this.#mayReadFd = false
    }
  }

  #readTraffic(pid: number, shared: DetailReading, isKept: boolean, into: ProcessDetail): void {
    const { buffer, traffic } = shared
    let descriptor = this.#io
    try {
      descriptor ??= openSync(`${shared.folder}/${pid}/io`, 'r')
      const length = readSync(descriptor, buffer, 0, ioBytesMax, 0)
      if (isKept) this.#io = descriptor
      if (!parseProcessTraffic(buffer, length, traffic)) return
      into.readBytes = traffic.readBytes
      into.writtenBytes = traffic.writtenBytes
    } catch {
      this.#mayReadIo = false
    } finally {
      if (descriptor !== undefined && descriptor !== this.#io) closeSync(descriptor)
    }
  }

  get descriptorsOpen(): number {
    return (this.#io === undefined ? 0 : 1) + (this.#fd === undefined ? 0 : 1)
  }

  close(): void {
    if (this.#io !== undefined) closeSync(this.#io)
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#io = undefined
    this.#fd = undefined
  }
}
