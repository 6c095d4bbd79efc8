import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface GuestHostLimits {
  /** How often new channels, and those that are gone, are looked for. */
  readonly findEveryMs: number
  /** Machines that are looked after at once; further ones are not. */
  readonly vmsMax: number
  /** Machines that are asked for the first time at once, and in each second; further ones wait for their turn. */
  readonly metAtOnceMax: number
  readonly metPerSecondMax: number
  /** Entries of folders in one look for channels; further ones are not seen. */
  readonly entriesMax: number
  /** Metrics of each machine that are remembered. */
  readonly historyPointsMax: number
  /** What one machine may send, in the long run and at once; after more it is held off. */
  readonly bytesPerSecondMax: number
  readonly burstBytesMax: number
  /** Its lines that are read in one second; further ones are dropped. */
  readonly linesPerSecondMax: number
  /** One of its lines. */
  readonly lineBytesMax: number
  /** Of lines that have not ended, of all machines together; whoever makes it more is held off. */
  readonly unfinishedBytesMax: number
  /** How long a machine is held off the first time; twice as long each time after, up to the second. */
  readonly holdOffMs: number
  readonly holdOffMsMax: number
  /** How long its own dialect is waited for before the other one is tried. */
  readonly ownPatienceMs: number
  /** How often the QEMU dialect is asked for figures, and how long one answer is waited for. */
  readonly qgaEveryMs: number
  readonly qgaCallMs: number
  /** How long a machine is waited for that is asked for its processes. */
  readonly processesMs: number
  /** Machines that are asked for their processes at a time. */
  readonly processesAtOnce: number
  /** Who watches the list. */
  readonly watchersMax: number
  /** How often they are told at most. */
  readonly toldEveryMs: number
}

export const guestHostDefaults: GuestHostLimits = {
  findEveryMs: 5_000,
  vmsMax: 4_096,
  metAtOnceMax: 16,
  metPerSecondMax: 100,
  entriesMax: 65_536,
  historyPointsMax: 120,
  bytesPerSecondMax: 4_194_304,
  burstBytesMax: 8_388_608,
  linesPerSecondMax: 1_000,
  lineBytesMax: 6_291_456,
  unfinishedBytesMax: 134_217_728,
  holdOffMs: 5_000,
  holdOffMsMax: 300_000,
  ownPatienceMs: 20_000,
  qgaEveryMs: 30_000,
  qgaCallMs: 5_000,
  processesMs: 2_000,
  processesAtOnce: 64,
  watchersMax: 64,
  toldEveryMs: 1_000,
}

const allowed: Ranges<keyof GuestHostLimits> = {
  findEveryMs: [10, 3_600_000],
  vmsMax: [1, 65_536],
  metAtOnceMax: [1, 65_536],
  metPerSecondMax: [1, 100_000],
  entriesMax: [16, 1_048_576],
  historyPointsMax: [1, 100_000],
  bytesPerSecondMax: [1_024, 10_000_000],
  // No less than what comes at once from a socket.
  burstBytesMax: [65_536, 10_000_000],
  linesPerSecondMax: [10, 1_000_000],
  lineBytesMax: [1_024, 2 ** 26],
  unfinishedBytesMax: [1_024, 2 ** 36],
  holdOffMs: [10, 3_600_000],
  holdOffMsMax: [10, 86_400_000],
  ownPatienceMs: [10, 3_600_000],
  qgaEveryMs: [10, 86_400_000],
  qgaCallMs: [10, 3_600_000],
  processesMs: [10, 60_000],
  processesAtOnce: [1, 4_096],
  watchersMax: [1, 4_096],
  toldEveryMs: [1, 60_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateGuestHostLimits(limits: Partial<GuestHostLimits> = {}): GuestHostLimits {
  return wholeSettings('host of virtual machines', { ...guestHostDefaults }, allowed, limits)
}

/** Of the name of a machine, as the folders have it. */
export const vmNameForm: RegExp = /^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,127}$/
/** Patterns of one host. */
export const patternsMax = 64
