import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What reading a Linux machine allows itself. */
export interface LinuxSourceLimits {
  /** The processes of one reading; of more, the ones with the lowest numbers are read, and a problem says so. */
  readonly processesMax: number
  /**
   * Files of processes that stay open from one reading to the next, two each: opening one costs three times what
   * reading it does. Never more than a quarter of what the process may open. Beyond, each is opened and closed again.
   */
  readonly descriptorsMax: number
  /** Of a process's arguments; the rest is cut off. */
  readonly commandBytesMax: number
  /** How old a process's command and user may be, where nothing tells that they have changed. */
  readonly describeEveryMs: number
  /** Of one reading, of those whose turn it is: after a long pause it would be everybody's. */
  readonly describesMax: number
  /**
   * How old open files and disk traffic may be of a process that has not used a tick of the processor since, where
   * those of all processes are asked for. Of processes that are named they are always new.
   */
  readonly detailEveryMs: number
  /** Readings of all processes that wait for the one before; one more is refused with `overloaded`. */
  readonly readingsWaitingMax: number
  /** How long processes are read before others have their turn. */
  readonly turnMsMax: number
  /** Of one file of `/proc` or `/sys` about the machine; the rest is passed over, and a problem says so. */
  readonly fileBytesMax: number
  readonly passwordFileBytesMax: number
  readonly usersMax: number
  /** File systems that are told of, those that were mounted first; the others are left out, with a problem. */
  readonly fileSystemsMax: number
  /** How long a reading waits for the space of file systems; who has not answered by then has none in it. */
  readonly spaceDeadlineMs: number
  /** Local file systems that are asked at the same time: each holds one of the four threads of this process's pool. */
  readonly localAsksMax: number
  /** How old the space of a file system may be that is asked in a process of its own: network and user-space ones. */
  readonly remoteSpaceEveryMs: number
  /** Of those processes at the same time, those that do not answer included. */
  readonly remoteAsksMax: number
  /** How long such a process may take before it is killed. */
  readonly remoteAskMsMax: number
  /** How old what sensors say may be: some take milliseconds to answer. */
  readonly sensorsEveryMs: number
  /** How often it is looked for sensors where there are none, as in most virtual machines. */
  readonly sensorsAbsentEveryMs: number
  /** How long a reading waits for sensors; after that it says what they said last. */
  readonly sensorsDeadlineMs: number
  /** Temperatures, meters and batteries, of each kind. */
  readonly sensorsMax: number
  readonly disksMax: number
  readonly networksMax: number
  /** How old the state and speed of a network interface may be. */
  readonly linksEveryMs: number
  /** How often it is looked whether limits of our control group have come, gone or moved. */
  readonly containerEveryMs: number
  /** Of one reading; the others are counted in the last. */
  readonly problemsMax: number
}

export const linuxSourceDefaults: LinuxSourceLimits = {
  processesMax: 32_768,
  descriptorsMax: 4_096,
  commandBytesMax: 2_048,
  describeEveryMs: 60_000,
  describesMax: 64,
  detailEveryMs: 5_000,
  readingsWaitingMax: 64,
  turnMsMax: 10,
  fileBytesMax: 2 ** 20,
  passwordFileBytesMax: 2 ** 20,
  usersMax: 65_536,
  fileSystemsMax: 128,
  spaceDeadlineMs: 500,
  localAsksMax: 2,
  remoteSpaceEveryMs: 30_000,
  remoteAsksMax: 4,
  remoteAskMsMax: 10_000,
  sensorsEveryMs: 5_000,
  sensorsAbsentEveryMs: 300_000,
  sensorsDeadlineMs: 250,
  sensorsMax: 128,
  disksMax: 1_024,
  networksMax: 1_024,
  linksEveryMs: 5_000,
  containerEveryMs: 30_000,
  problemsMax: 64,
}

const allowed: Ranges<keyof LinuxSourceLimits> = {
  processesMax: [1, 4_194_304],
  descriptorsMax: [0, 2 ** 20],
  commandBytesMax: [1, 65_536],
  describeEveryMs: [0, 86_400_000],
  describesMax: [1, 4_194_304],
  detailEveryMs: [0, 86_400_000],
  readingsWaitingMax: [1, 4_096],
  turnMsMax: [1, 1_000],
  fileBytesMax: [4_096, 64 * 2 ** 20],
  passwordFileBytesMax: [4_096, 64 * 2 ** 20],
  usersMax: [1, 2 ** 20],
  fileSystemsMax: [1, 65_536],
  spaceDeadlineMs: [1, 60_000],
  localAsksMax: [1, 4],
  remoteSpaceEveryMs: [0, 86_400_000],
  remoteAsksMax: [1, 64],
  remoteAskMsMax: [1, 600_000],
  sensorsEveryMs: [0, 86_400_000],
  sensorsAbsentEveryMs: [0, 86_400_000],
  sensorsDeadlineMs: [1, 60_000],
  sensorsMax: [1, 4_096],
  disksMax: [1, 65_536],
  networksMax: [1, 65_536],
  linksEveryMs: [0, 86_400_000],
  containerEveryMs: [0, 86_400_000],
  problemsMax: [1, 4_096],
}

/** Completes the limits with the defaults, or throws a sentence about the wrong one. */
export function validateLinuxSourceLimits(limits: Partial<LinuxSourceLimits> = {}): LinuxSourceLimits {
  return wholeSettings('reading a Linux machine', linuxSourceDefaults, allowed, limits)
}
