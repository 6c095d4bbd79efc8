/** What a script can tell apart; `flotilla help` and the README list them. */
export const exitCodes = { ok: 0, failed: 1, wrongUsage: 2, notRunning: 3 } as const

export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.ok, 'done, and nothing is wrong'],
  [exitCodes.failed, 'failed, or `check` found something that is'],
  [exitCodes.wrongUsage, 'wrong usage; nothing was done'],
  [exitCodes.notRunning, 'no node runs on that data folder'],
]

export function exitCodeOf(errorCode: string): number {
  if (errorCode === 'wrong-usage') return exitCodes.wrongUsage
  return errorCode === 'not-running' ? exitCodes.notRunning : exitCodes.failed
}
