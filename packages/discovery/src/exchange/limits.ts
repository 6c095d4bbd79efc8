import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface ExchangeSettings {
  /** Records in one answer. */
  readonly recordsPerAnswerMax: number
  /** Records that are kept to be shown to others; the one unused for longest leaves. */
  readonly recordsMax: number
  /** Of whom an asker says that it knows them already; of more it may be told again. */
  readonly knownPerAskMax: number
  /** A record is sent to somebody who knows an older one only if that is older by so much. */
  readonly recordRefreshMs: number
  /** How often one of the peers, drawn each time, is asked again. */
  readonly askEveryMs: number
  /** How long to wait for an answer. */
  readonly askTimeoutMs: number
  /** Peers asked in a second, all together. */
  readonly asksPerSecondMax: number
  /** Peers that wait to be asked; one more is asked some other time. */
  readonly asksWaitingMax: number
  /** Answers that one peer gets in a second; the burst is four times that. */
  readonly answersPerPeerPerSecondMax: number
  /** Peers whose rate is remembered. */
  readonly answeredPeersMax: number
  /** Members found by exchange that are handed out to be dialled, in a second; the burst is twice that. */
  readonly foundPerSecondMax: number
  /** Members found that wait to be handed out; the one that waits longest gives way, and is found again later. */
  readonly foundWaitingMax: number
}

export const exchangeDefaults: ExchangeSettings = {
  recordsPerAnswerMax: 64,
  recordsMax: 4_096,
  knownPerAskMax: 1_024,
  recordRefreshMs: 60_000,
  askEveryMs: 30_000,
  askTimeoutMs: 5_000,
  asksPerSecondMax: 8,
  asksWaitingMax: 256,
  answersPerPeerPerSecondMax: 1,
  answeredPeersMax: 1_024,
  foundPerSecondMax: 16,
  foundWaitingMax: 1_024,
}

const allowed: Ranges<keyof ExchangeSettings> = {
  recordsPerAnswerMax: [1, 1_024],
  recordsMax: [1, 65_536],
  knownPerAskMax: [0, 4_096],
  recordRefreshMs: [0, 3_600_000],
  askEveryMs: [100, 86_400_000],
  askTimeoutMs: [10, 600_000],
  asksPerSecondMax: [1, 10_000],
  asksWaitingMax: [1, 65_536],
  answersPerPeerPerSecondMax: [1, 10_000],
  answeredPeersMax: [1, 65_536],
  foundPerSecondMax: [1, 10_000],
  foundWaitingMax: [1, 65_536],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateExchangeSettings(settings: Partial<ExchangeSettings> = {}): ExchangeSettings {
  return wholeSettings('exchange', exchangeDefaults, allowed, settings)
}
