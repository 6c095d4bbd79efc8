import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface PeerTableSettings {
  /** Peers that are remembered; beyond it the one not seen for longest is forgotten, but none that is connected. */
  readonly peersMax: number
  /** Addresses of one peer. */
  readonly addressesPerPeerMax: number
  /** A peer that was not seen for so long is forgotten. */
  readonly forgetAfterMs: number
  /** How often what has changed is written to the store, and what is too old forgotten. */
  readonly storeEveryMs: number
}

export const peerTableDefaults: PeerTableSettings = {
  peersMax: 4_096,
  addressesPerPeerMax: 16,
  forgetAfterMs: 3_600_000,
  storeEveryMs: 30_000,
}

const allowed: Ranges<keyof PeerTableSettings> = {
  peersMax: [1, 65_536],
  addressesPerPeerMax: [1, 64],
  forgetAfterMs: [1_000, 2_592_000_000],
  storeEveryMs: [100, 3_600_000],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validatePeerTableSettings(settings: Partial<PeerTableSettings> = {}): PeerTableSettings {
  return wholeSettings('peers', peerTableDefaults, allowed, settings)
}
