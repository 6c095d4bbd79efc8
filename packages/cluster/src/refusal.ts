import { FlotillaError, ProtocolError } from '@flotilla/core/errors'

/** Why a member does not let a newcomer in. It tells this one word, and a number where that helps. */
export const hostRefusals = [
  /** The newcomer does not know the token's secret, or its token says something else than the one given out. */
  'wrong-token',
  'unknown-token',
  'token-used',
  'token-expired',
  'token-withdrawn',
  /** Too many wrong proofs: the invitation is burnt. */
  'token-burnt',
  /** Too many newcomers knock; how many seconds to wait is told. */
  'overloaded',
  /** By how many milliseconds the newcomer's clock is ahead is told. */
  'clock-off',
  'wrong-name',
  /** The newcomer has not proven that it holds the key that it wants a certificate for. */
  'wrong-key',
  /** The newcomer's key was revoked in this cluster. */
  'revoked-key',
  /** The machine that was asked cannot admit anybody: it does not hold the authority. */
  'not-the-authority',
  /** The authority could not write down that the token is used. */
  'host-failed',
] as const

export type HostRefusal = (typeof hostRefusals)[number]

/** Why joining failed, as a newcomer sees it. */
export type JoinErrorCode =
  | HostRefusal
  /** It is no token: a character is wrong or missing. */
  | 'mistyped-token'
  /** A later release has made it. */
  | 'unsupported-token'
  /** Whoever answers does not have the authority's certificate that the token names. */
  | 'wrong-authority'
  /** Whoever answers does not know the token: it is not who has given it out. */
  | 'wrong-inviter'
  /** What the far end says breaks the protocol. */
  | 'malformed'
  /** The connection broke before the host has said yes or no; it may have found what we said malformed. */
  | 'connection-lost'
  /** No address of the token answers. */
  | 'inviter-unreachable'
  | 'already-member'
  | 'deadline-exceeded'

/** Other things that go wrong with what a caller hands in, or with what is kept. */
export type ClusterErrorCode =
  | 'not-a-member'
  | 'not-the-authority'
  | 'already-member'
  | 'wrong-setting'
  | 'wrong-field'
  | 'overloaded'
  | 'already-revoked'
  /** A record or a file is damaged. */
  | 'damaged'
  | 'wrong-passphrase'
  /** A file with keys can be read by others. */
  | 'unsafe-file'

export function joinRefused(code: JoinErrorCode, message: string, hint: string): FlotillaError<JoinErrorCode> {
  return new FlotillaError(code, message, { hint })
}

export function malformedJoin(why: string): ProtocolError<JoinErrorCode> {
  return new ProtocolError('malformed', `the far end does not keep to the protocol of joining: ${why}`, {
    hint: 'let both machines run the same release',
  })
}

const anew = 'ask for a new invitation (flotilla invite)'

const sentences: Readonly<Record<HostRefusal, (detail: number) => readonly [message: string, hint: string]>> = {
  'wrong-token': () => ['the token is wrong: its secret is not the one that was given out', anew],
  'unknown-token': () => ['the inviter does not know this token', `${anew}; old ones are forgotten after a week`],
  'token-used': () => ['the token was used already, by another machine', anew],
  'token-expired': () => ['the token has expired', anew],
  'token-withdrawn': () => ['the token was withdrawn', anew],
  'token-burnt': () => ['the token was burnt: there were too many wrong proofs for it', anew],
  overloaded: (seconds) => ['the inviter is asked by too many machines', `try again in ${seconds} s`],
  'clock-off': (aheadMs) => [
    `this machine's clock is ${offText(aheadMs)} the inviter's`,
    'set the clocks of both machines (by NTP), then join again with the same token',
  ],
  'wrong-name': () => ["the inviter refuses this machine's name", 'choose one of letters, digits, ".", "_" and "-"'],
  'wrong-key': () => ['the proof that this machine holds its key is wrong', 'let both machines run the same release'],
  'revoked-key': () => [
    "this machine's key was revoked in that cluster, for ever",
    'if it may come back, let it start in an empty folder, with a new key',
  ],
  'not-the-authority': () => [
    "the machine that was asked does not hold the cluster's authority",
    'make the invitation where the authority is',
  ],
  'host-failed': () => ['the inviter could not write to its disk', 'mend that, then join again with the same token'],
}

function offText(aheadMs: number): string {
  return `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'}`
}

/** The error that a newcomer gets for what it was told. */
export function hostRefusalError(reason: HostRefusal, detail: number): FlotillaError<JoinErrorCode> {
  const [message, hint] = sentences[reason](detail)
  return joinRefused(reason, message, hint)
}

export function clusterError(code: ClusterErrorCode, message: string, hint: string): FlotillaError<ClusterErrorCode> {
  return new FlotillaError(code, message, { hint })
}
