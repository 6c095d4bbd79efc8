import { wholeSettings } from '@flotilla/core/machines'

export interface QgaClientLimits {
  /** One reply; a longer one is skipped, and its call is told so. */
  readonly replyBytesMax: number
  /** Calls that wait or are under way; one more is refused. */
  readonly callsMax: number
  /** How long a guest may take to find its way back into step, after a connection or an answer that did not come. */
  readonly syncMs: number
  /** How long is waited before it is tried again. */
  readonly syncAgainMs: number
  /** A command that answers nothing where all goes well is taken for done after so long. */
  readonly silentMs: number
}

export const qgaClientDefaults: QgaClientLimits = {
  replyBytesMax: 10_485_760,
  callsMax: 256,
  syncMs: 5_000,
  syncAgainMs: 5_000,
  silentMs: 5_000,
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateQgaClientLimits(settings: Partial<QgaClientLimits> = {}): QgaClientLimits {
  return wholeSettings(
    'qemu guest agent client',
    { ...qgaClientDefaults },
    {
      replyBytesMax: [1_024, 2 ** 27],
      callsMax: [1, 65_536],
      syncMs: [10, 3_600_000],
      syncAgainMs: [10, 3_600_000],
      silentMs: [10, 3_600_000],
    },
    settings,
  )
}
