import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What answering one command may cost, and how long the programs that it runs may take. */
export interface LinuxSystemLimits {
  /** Of one file of the system that is read; the rest of it is not looked at. */
  readonly systemFileBytesMax: number
  /** Of each list: interfaces, routes, mounts, disks, users, processors. */
  readonly listedMax: number
  /** Of memory blocks, which large machines have thousands of. */
  readonly memoryBlocksMax: number
  /** Of a program that is quick by nature. */
  readonly programMs: number
  /** After it was ended: one that is stuck in the kernel is not waited for any longer. */
  readonly programStuckMs: number
  /** Of freezing or thawing one file system, which waits until everything is written. */
  readonly freezeMs: number
  /** Of giving back what one file system does not use. */
  readonly trimMs: number
  /** A file system that does not say its space for so long is told without. */
  readonly spaceMs: number
  readonly programOutputBytesMax: number
  /** Of a user's `authorized_keys`. */
  readonly keyFileBytesMax: number
  /** Of the keys in one order. */
  readonly keysMax: number
  /** Programs of the host, running or ended, whose outcome was not asked for yet. */
  readonly hostProgramsMax: number
  /** Of each stream of such a program: more than one reply can carry is of no use. */
  readonly hostOutputBytesMax: number
  /** Of the streams of all that have ended; the oldest are forgotten. */
  readonly hostOutputsBytesMax: number
}

export const linuxSystemDefaults: LinuxSystemLimits = {
  systemFileBytesMax: 4_194_304,
  listedMax: 4_096,
  memoryBlocksMax: 65_536,
  programMs: 20_000,
  programStuckMs: 5_000,
  freezeMs: 60_000,
  trimMs: 300_000,
  spaceMs: 3_000,
  programOutputBytesMax: 65_536,
  keyFileBytesMax: 1_048_576,
  keysMax: 1_024,
  hostProgramsMax: 32,
  hostOutputBytesMax: 7_340_032,
  hostOutputsBytesMax: 33_554_432,
}

const allowed: Ranges<keyof LinuxSystemLimits> = {
  systemFileBytesMax: [4_096, 2 ** 26],
  listedMax: [1, 1_000_000],
  memoryBlocksMax: [1, 1_000_000],
  programMs: [100, 600_000],
  programStuckMs: [100, 60_000],
  freezeMs: [100, 600_000],
  trimMs: [100, 3_600_000],
  spaceMs: [10, 60_000],
  programOutputBytesMax: [1_024, 2 ** 24],
  keyFileBytesMax: [1_024, 2 ** 26],
  keysMax: [1, 65_536],
  hostProgramsMax: [1, 1_024],
  hostOutputBytesMax: [1, 2 ** 24],
  hostOutputsBytesMax: [1, 2 ** 30],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateLinuxSystemLimits(limits: Partial<LinuxSystemLimits> = {}): LinuxSystemLimits {
  return wholeSettings('linux system', { ...linuxSystemDefaults }, allowed, limits)
}
