/** What a script can tell apart; `flotilla help` and the README list them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  wrongUsage: 2,
  notRunning: 3,
  blobNotFound: 4,
  blobDamaged: 5,
  tooFewCopies: 6,
  lockLost: 122,
  lockBusy: 123,
  lockTimeout: 124,
  lockFailed: 125,
  vmOutcomeUnknown: 122,
  vmTimeout: 124,
  vmFailed: 125,
  notExecutable: 126,
  notFound: 127,
  interrupted: 130,
} as const

export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.ok, 'done, and nothing is wrong'],
  [exitCodes.failed, 'failed, or `check` found something that is'],
  [exitCodes.wrongUsage, 'wrong usage; nothing was done'],
  [exitCodes.notRunning, 'no node runs on that data folder'],
]

/** Of the `blob` commands, beside those of all. */
export const blobCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.blobNotFound, 'there is no such blob or name'],
  [exitCodes.blobDamaged, 'something is damaged or missing that could not be mended'],
  [exitCodes.tooFewCopies, 'fewer copies could be made than were asked for; those stay, and more are made later'],
]

/** Of `lock run`, beside those of the command itself. */
export const lockRunCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.lockLost, 'the lock was lost while the command ran, which was made to end'],
  [exitCodes.lockBusy, 'somebody else holds it, and --no-wait was given; the command was not run'],
  [exitCodes.lockTimeout, 'it was not ours within --timeout; the command was not run'],
  [exitCodes.lockFailed, 'no node runs, or it could not get the lock; the command was not run'],
  [exitCodes.notExecutable, 'the command cannot be run'],
  [exitCodes.notFound, 'there is no such command'],
]

/** Of `vm exec` and `vm shell`, beside those of what is run. */
export const vmRunCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.vmOutcomeUnknown, 'the virtual machine went away: whether it was run, and how far, is not known'],
  [exitCodes.vmTimeout, 'it took longer than --timeout, and was made to end'],
  [exitCodes.vmFailed, 'it was not run: no node or no agent answers, or the virtual machine does not allow it'],
  [exitCodes.notFound, 'there is no such command in the virtual machine'],
]

const codes: Readonly<Record<string, number>> = {
  'wrong-usage': exitCodes.wrongUsage,
  'not-running': exitCodes.notRunning,
  'blob-not-found': exitCodes.blobNotFound,
  'blob-damaged': exitCodes.blobDamaged,
  'too-few-copies': exitCodes.tooFewCopies,
  'lock-lost': exitCodes.lockLost,
  'lock-busy': exitCodes.lockBusy,
  'lock-timeout': exitCodes.lockTimeout,
  'lock-failed': exitCodes.lockFailed,
  'vm-outcome-unknown': exitCodes.vmOutcomeUnknown,
  'vm-timeout': exitCodes.vmTimeout,
  'vm-not-run': exitCodes.vmFailed,
  'command-not-executable': exitCodes.notExecutable,
  'command-not-found': exitCodes.notFound,
}

export function exitCodeOf(errorCode: string): number {
  return codes[errorCode] ?? exitCodes.failed
}
