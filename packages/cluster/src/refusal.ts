import { FlotillaError, ProtocolError } from '@flotilla/core/errors'

/** Why a member does not let a newcomer in. It tells this one word, and a number where that helps. */
export const hostRefusals = [
  /** The newcomer does not know the token's secret, or its token says something else than the one that was given out. */
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

/** The error that a newcomer gets for what it was told. */
export function hostRefusalError(reason: HostRefusal, detail: number): FlotillaError<JoinErrorCode> {
  switch (reason) {
    case 'wrong-token':
      return joinRefused(reason, 'the token is wrong: its secret is not the one that was given out', anew)
    case 'unknown-token':
      return joinRefused(reason, 'the inviter does not know this token', `${anew}; old ones are forgotten after a week`)
    case 'token-used':
      return joinRefused(reason, 'the token was used already, by another machine', anew)
    case 'token-expired':
      return joinRefused(reason, 'the token has expired', anew)
    case 'token-withdrawn':
      return joinRefused(reason, 'the token was withdrawn', anew)
    case 'token-burnt':
      return joinRefused(reason, 'the token was burnt: there were too many wrong proofs for it', anew)
    case 'overloaded':
      return joinRefused(reason, 'the inviter is asked by too many machines', `try again in ${detail} s`)
    case 'clock-off':
      return joinRefused(
        reason,
        `this machine's clock is ${Math.round(Math.abs(detail) / 1_000)} s ${detail > 0 ? 'ahead of' : 'behind'} the inviter's`,
        'set the clocks of both machines (by NTP), then join again with the same token',
      )
    case 'wrong-name':
      return joinRefused(reason, "the inviter refuses this machine's name", 'choose a name of letters, digits, ".", "_", "-"')
    case 'revoked-key':
      return joinRefused(
        reason,
        "this machine's key was revoked in that cluster, for ever",
        'if it may come back, let it start in an empty folder, with a new key',
      )
    case 'not-the-authority':
      return joinRefused(
        reason,
        "the machine that was asked does not hold the cluster's authority",
        'make the invitation where the authority is',
      )
    case 'host-failed':
      return joinRefused(reason, 'the inviter could not write to its disk', 'mend that, then join again with the same token')
  }
}

export function clusterError(code: ClusterErrorCode, message: string, hint: string): FlotillaError<ClusterErrorCode> {
  return new FlotillaError(code, message, { hint })
}
