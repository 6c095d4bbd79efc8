import type { GuestHostLimits } from '../../src/index.ts'

/** Small and quick, so that limits are met in a short life. */
export const keeperLimits: GuestHostLimits = {
  findEveryMs: 1_000,
  vmsMax: 5,
  metAtOnceMax: 2,
  metPerSecondMax: 2,
  entriesMax: 64,
  historyPointsMax: 5,
  bytesPerSecondMax: 100_000,
  burstBytesMax: 300_000,
  linesPerSecondMax: 200,
  lineBytesMax: 280_000,
  unfinishedBytesMax: 100_000,
  holdOffMs: 500,
  holdOffMsMax: 4_000,
  ownPatienceMs: 3_000,
  qgaEveryMs: 2_000,
  qgaCallMs: 500,
  processesMs: 500,
  processesAtOnce: 2,
  watchersMax: 2,
  toldEveryMs: 200,
}

/** What comes at once from a socket at most. */
export const pieceBytesMax = 65_536
/** What an answer may take beyond its command's time, as the host's dialect has it. */
export const graceMs = 10_000
/** How long whoever is answered at once may have to wait, by the host's clock. */
export const promptMs = 1_000
