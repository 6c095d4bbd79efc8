import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { DetailFiles } from './node-process-detail.ts'
import type { ReadBuffer } from './node-kernel-file.ts'
import { parseCommandLine } from './parsing/command-line.ts'
import { parsePrivatePages } from './parsing/process-memory.ts'
import type { ProcessStat } from './parsing/process-stat.ts'

/** `statm` has seven numbers. */
const statmBytesMax = 256

/** What is kept of a process from one reading to the next. */
export class TrackedProcess {
  readonly pid: number
  readonly startTicks: number
  /** Of its `stat`, while that stays open. It stands for that very process: when it has ended, reading says so. */
  statDescriptor: number | undefined
  #memoryDescriptor: number | undefined
  name = ''
  command = ''
  uid = 0
  describedAtMs: number = -Infinity
  /** In which reading it was seen last. */
  round = 0
  privatePages: number | undefined
  readonly details: DetailFiles = new DetailFiles()
  #nameBytes: Uint8Array = new Uint8Array()
  /** As they were when the private pages were counted. */
  #countedAtTicks = -1
  #countedResidentPages = -1

  constructor(pid: number, startTicks: number) {
    this.pid = pid
    this.startTicks = startTicks
  }

  /** Another program in the same process has another name, as good as always. */
  hasName(bytes: Uint8Array, stat: ProcessStat): boolean {
    const own = this.#nameBytes
    if (own.length !== stat.nameEnd - stat.nameStart) return false
    for (let at = 0; at < own.length; at++) if (own[at] !== bytes[stat.nameStart + at]) return false
    return true
  }

  /** Reads what changes rarely. The caller looks afterwards whether it is still the same process. */
  describe(folder: string, bytes: ReadBuffer, stat: ProcessStat, commandBytesMax: number): void {
    this.#nameBytes = Uint8Array.prototype.slice.call(bytes, stat.nameStart, stat.nameEnd)
    this.name = bytes.toString('utf8', stat.nameStart, stat.nameEnd)
    // The folder of a process belongs to its effective user, also where its files are shown as root's.
    this.uid = statSync(`${folder}/${this.pid}`).uid
    const descriptor = openSync(`${folder}/${this.pid}/cmdline`, 'r')
    try {
      const length = readSync(descriptor, bytes, 0, Math.min(commandBytesMax, bytes.length), 0)
      this.command = parseCommandLine(bytes.toString('utf8', 0, length)) || `[${this.name}]`
    } finally {
      closeSync(descriptor)
    }
    this.#countedAtTicks = -1
    this.details.retry()
  }

  /**
   * Whether the private pages have to be counted again. A process that has used no tick of the processor and has as
   * many pages as before is taken to have the same ones: most processes sleep, so this saves a third of all readings.
   */
  isCountDue(stat: ProcessStat): boolean {
    return stat.processorTicks !== this.#countedAtTicks || stat.residentPages !== this.#countedResidentPages
  }

  /** Through a descriptor that stays open from the second time on, where it may. Returns whether it went by a path. */
  countPrivatePages(folder: string, buffer: ReadBuffer, stat: ProcessStat, mayKeep: boolean): boolean {
    const isFirst = this.#countedResidentPages === -1
    this.#countedAtTicks = stat.processorTicks
    this.#countedResidentPages = stat.residentPages
    this.privatePages = 0
    if (stat.residentPages === 0) return false
    const isOpen = this.#memoryDescriptor !== undefined
    const descriptor = this.#memoryDescriptor ?? openSync(`${folder}/${this.pid}/statm`, 'r')
    try {
      const pages = parsePrivatePages(buffer, readSync(descriptor, buffer, 0, statmBytesMax, 0))
      this.privatePages = pages === -1 ? undefined : pages
      if (mayKeep && !isFirst) this.#memoryDescriptor = descriptor
    } finally {
      if (this.#memoryDescriptor === undefined) closeSync(descriptor)
    }
    return !isOpen
  }

  get descriptorsOpen(): number {
    const own = [this.statDescriptor, this.#memoryDescriptor].filter((descriptor) => descriptor !== undefined)
    return own.length + this.details.descriptorsOpen
  }

  close(): void {
    if (this.statDescriptor !== undefined) closeSync(this.statDescriptor)
    if (this.#memoryDescriptor !== undefined) closeSync(this.#memoryDescriptor)
    this.statDescriptor = undefined
    this.#memoryDescriptor = undefined
    this.details.close()
  }
}
