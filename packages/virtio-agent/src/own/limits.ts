import { wholeSettings } from '@flotilla/core/machines'

export interface OwnGuestLimits {
  /** One line of the host. */
  readonly lineBytesMax: number
  /** Commands that run at once. */
  readonly concurrentMax: number
  /** Commands that wait for their turn; one more is refused as `overloaded`. */
  readonly queuedMax: number
  /** Commands of hosts that are gone, which run on to their own end; the oldest beyond it is given up. */
  readonly orphansMax: number
  /** Commands that were given up and did not end; while there are so many, all others are `overloaded`. */
  readonly hungMax: number
  /** One result; a larger one is told as `too-large`. */
  readonly resultBytesMax: number
  /** Results that the host has not taken; beyond it they are told as `too-large`. */
  readonly unsentBytesMax: number
  /** Answers that the host has not taken; beyond it they are dropped, and their number is told. */
  readonly unsentLinesMax: number
  /** What waits for the host before output is dropped, and counted. */
  readonly progressBytesMax: number
  /** Of output in one line. */
  readonly progressPieceBytesMax: number
  /** What a command may take at most, whatever the host asks for. */
  readonly timeoutMsMax: number
  /** Metrics above it are compressed. */
  readonly packAboveBytes: number
  readonly metricsIntervalMs: number
  /** After so long without a word the host counts as gone. */
  readonly silentMs: number
  /** How far a signed order may be from our calendar; the session it is for is in it as well. */
  readonly signatureToleranceMs: number
}

export const ownGuestDefaults: OwnGuestLimits = {
  lineBytesMax: 1_048_576,
  concurrentMax: 8,
  queuedMax: 64,
  orphansMax: 8,
  hungMax: 32,
  resultBytesMax: 4_194_304,
  unsentBytesMax: 16_777_216,
  unsentLinesMax: 1_024,
  progressBytesMax: 262_144,
  progressPieceBytesMax: 32_768,
  timeoutMsMax: 86_400_000,
  packAboveBytes: 4_096,
  metricsIntervalMs: 30_000,
  silentMs: 45_000,
  signatureToleranceMs: 300_000,
}

export function validateOwnGuestLimits(settings: Partial<OwnGuestLimits> = {}): OwnGuestLimits {
  return wholeSettings(
    'guest agent',
    { ...ownGuestDefaults },
    {
      lineBytesMax: [1_024, 2 ** 26],
      concurrentMax: [1, 1_024],
      queuedMax: [0, 65_536],
      orphansMax: [0, 1_024],
      hungMax: [1, 4_096],
      resultBytesMax: [1_024, 2 ** 26],
      unsentBytesMax: [1_024, 2 ** 30],
      unsentLinesMax: [16, 1_048_576],
      progressBytesMax: [0, 2 ** 28],
      progressPieceBytesMax: [64, 2 ** 20],
      timeoutMsMax: [1, 604_800_000],
      packAboveBytes: [0, 2 ** 26],
      metricsIntervalMs: [metricsIntervalMsMin, metricsIntervalMsMax],
      silentMs: [100, 86_400_000],
      signatureToleranceMs: [1, 86_400_000],
    },
    settings,
  )
}

export interface OwnHostLimits {
  /** One line of the guest. */
  readonly lineBytesMax: number
  /** Metrics after they were unpacked. */
  readonly unpackedBytesMax: number
  /** Orders that the guest has not answered; one more is refused. */
  readonly ordersMax: number
  readonly helloAgainMs: number
  readonly beatMs: number
  /** After so long without a word the guest counts as gone. */
  readonly silentMs: number
  /** What an answer may take beyond the time that its command may take. */
  readonly graceMs: number
  /** Lines of the guest in one second; beyond it they are dropped and counted. */
  readonly linesPerSecondMax: number
}

export const ownHostDefaults: OwnHostLimits = {
  lineBytesMax: 8_388_608,
  unpackedBytesMax: 4_194_304,
  ordersMax: 256,
  helloAgainMs: 1_000,
  beatMs: 15_000,
  silentMs: 45_000,
  graceMs: 10_000,
  linesPerSecondMax: 5_000,
}

export function validateOwnHostLimits(settings: Partial<OwnHostLimits> = {}): OwnHostLimits {
  return wholeSettings(
    'guest channel',
    { ...ownHostDefaults },
    {
      lineBytesMax: [1_024, 2 ** 26],
      unpackedBytesMax: [1_024, 2 ** 26],
      ordersMax: [1, 65_536],
      helloAgainMs: [10, 3_600_000],
      beatMs: [10, 3_600_000],
      silentMs: [100, 86_400_000],
      graceMs: [0, 3_600_000],
      linesPerSecondMax: [10, 1_000_000],
    },
    settings,
  )
}

/** What the host may ask for. */
export const metricsIntervalMsMin = 1_000
export const metricsIntervalMsMax = 3_600_000
/** A collection of metrics that takes longer is not waited for any more. */
export const collectMsMax = 60_000
/** Levels within each other, and values, in one line. */
export const lineDepthMax = 32
export const lineValuesMax = 100_000
/** How far behind the newest an order's id may come; an older one is taken for a duplicate. */
export const idsRememberedMax = 1_024
export const actorUnitsMax = 256
/** Of what is told of a command that was refused or failed. */
export const messageUnitsMax = 4_096
