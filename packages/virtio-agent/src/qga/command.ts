import type { ExactJson } from '../lines/index.ts'
import type { ArgumentTable, CheckedArguments } from './arguments.ts'
import type { QgaSystem } from './contract.ts'
import type { OpenFiles } from './open-files.ts'

/** One command of the QEMU guest agent. */
export interface QgaCommand {
  readonly name: string
  readonly arguments: ArgumentTable
  /** That nothing is answered where all went well: the guest is on its way down. */
  readonly isSilent?: boolean
  /** That it is run also while file systems are frozen. */
  readonly isForFrozen?: boolean
  /** Whether this system can do it; if not it is listed as disabled. */
  isOffered(system: QgaSystem): boolean
  run(surroundings: QgaSurroundings, given: CheckedArguments): Promise<ExactJson> | ExactJson
}

export interface QgaSurroundings {
  readonly system: QgaSystem
  readonly files: OpenFiles
  readonly replyContentBytesMax: number
  /** What `guest-info` says. */
  readonly info: () => ExactJson
}

/** An argument that the table requires. */
export function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('an argument that was checked is not there')
  return value
}

/** Offered only where the system has the method, so this is never thrown. */
export function offered<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new TypeError('a command is run that is not offered')
  return part
}
