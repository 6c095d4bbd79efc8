import { wholeSettings } from '@flotilla/core/machines'

export interface QgaLimits {
  /** One command with its arguments. */
  readonly messageBytesMax: number
  /** Commands that wait while one is under way; beyond it they are dropped, and one error says how many. */
  readonly requestsMax: number
  /** Those together. */
  readonly requestBytesMax: number
  /** A command that takes longer is answered with an error, and what becomes of it is dropped. */
  readonly commandMsMax: number
  /** Such commands that never ended; while there are more, only the ones that need nothing of the system are run. */
  readonly abandonedMax: number
  readonly fileHandlesMax: number
  /** How long files stay open while no host is there: some hosts connect anew for each command. */
  readonly filesLingerMs: number
  /** Of content in one reply, before base64: libvirt refuses replies above 10 MiB. */
  readonly replyContentBytesMax: number
}

export const qgaDefaults: QgaLimits = {
  messageBytesMax: 4_194_304,
  requestsMax: 256,
  requestBytesMax: 8_388_608,
  commandMsMax: 600_000,
  abandonedMax: 8,
  fileHandlesMax: 64,
  filesLingerMs: 60_000,
  replyContentBytesMax: 7_340_032,
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateQgaLimits(settings: Partial<QgaLimits> = {}): QgaLimits {
  return wholeSettings(
    'qemu guest agent',
    { ...qgaDefaults },
    {
      messageBytesMax: [1_024, 2 ** 26],
      requestsMax: [1, 65_536],
      requestBytesMax: [1_024, 2 ** 28],
      commandMsMax: [10, 86_400_000],
      abandonedMax: [0, 1_024],
      fileHandlesMax: [1, 65_536],
      filesLingerMs: [0, 86_400_000],
      replyContentBytesMax: [16, 7_340_032],
    },
    settings,
  )
}
