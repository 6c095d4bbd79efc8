import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What one command may cost. */
export interface ActionLimits {
  /** Of a piece of a file that is read or written. What is written comes in one line of `lineBytesMax`, in base64. */
  readonly filePieceBytesMax: number
  /** Files that come in pieces, at once; how large one may be; how long its next piece is waited for. */
  readonly uploadsMax: number
  readonly uploadBytesMax: number
  readonly uploadIdleMs: number
  readonly filesListedMax: number
  readonly servicesListedMax: number
  readonly packagesListedMax: number
  /** In one order to install, remove or update. */
  readonly packagesNamedMax: number
  readonly processesListedMax: number
  /** Of each stream of a program that an unsafe order runs. */
  readonly outputBytesMax: number
  /** Of a program's command line and environment. */
  readonly argumentsMax: number
  readonly argumentBytesMax: number
  readonly inputBytesMax: number
  /** What a program of an unsafe order may take, with all that it starts. */
  readonly memoryBytesMax: number
  readonly processorPercentMax: number
  readonly processesMax: number
}

export const actionDefaults: ActionLimits = {
  filePieceBytesMax: 524_288,
  uploadsMax: 4,
  uploadBytesMax: 4_294_967_296,
  uploadIdleMs: 60_000,
  filesListedMax: 10_000,
  servicesListedMax: 5_000,
  packagesListedMax: 10_000,
  packagesNamedMax: 100,
  processesListedMax: 1_000,
  outputBytesMax: 1_048_576,
  argumentsMax: 1_024,
  argumentBytesMax: 131_072,
  inputBytesMax: 524_288,
  memoryBytesMax: 536_870_912,
  processorPercentMax: 100,
  processesMax: 256,
}

/** So that no list has more values than one line may have, `lineValuesMax`. */
const listedMax = 16_000

const allowed: Ranges<keyof ActionLimits> = {
  filePieceBytesMax: [1, 2 ** 23],
  uploadsMax: [1, 64],
  uploadBytesMax: [1, 2 ** 50],
  uploadIdleMs: [10, 3_600_000],
  filesListedMax: [1, listedMax],
  servicesListedMax: [1, listedMax],
  packagesListedMax: [1, listedMax],
  packagesNamedMax: [1, 1_000],
  processesListedMax: [1, 3_000],
  outputBytesMax: [1, 2 ** 23],
  argumentsMax: [1, 65_536],
  argumentBytesMax: [1, 2 ** 21],
  inputBytesMax: [1, 2 ** 23],
  memoryBytesMax: [2 ** 22, 2 ** 50],
  processorPercentMax: [1, 100_000],
  processesMax: [1, 2 ** 22],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateActionLimits(limits: Partial<ActionLimits> = {}): ActionLimits {
  return wholeSettings('guest commands', { ...actionDefaults }, allowed, limits)
}
