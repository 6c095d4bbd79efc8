import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import { checkName, type JoinOptions } from './cluster-member.ts'
import type { ClusterSettings } from './config.ts'
import { joinThrough } from './join-driver.ts'
import type { Membership } from './newcomer.ts'
import type { Address, DoorPipe } from './ports.ts'
import { joinRefused, type JoinErrorCode } from './refusal.ts'
import { readToken, type JoinToken } from './token.ts'

export interface JoiningOptions extends JoinOptions {
  readonly crypto: Crypto
  readonly clock: Clock
  readonly secretKey: Uint8Array
  readonly settings: ClusterSettings
}

/**
 * Asks at the addresses of the token, one after the other, until somebody welcomes us. No refusal is proven to be the
 * inviter's, so none ends it; rejects with what the likeliest of them said.
 */
export async function joinByToken(options: JoiningOptions): Promise<Membership> {
  const { crypto } = options
  checkName(options.name)
  const token = readToken(crypto, options.token)
  const refusals: FlotillaError[] = []
  let lastError: unknown
  for (const address of token.addresses) {
    try {
      return await joinAt(address, token, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof FlotillaError)) throw error
      if (error instanceof Unreachable) lastError = error.cause
      else refusals.push(error as FlotillaError)
    }
  }
  const [first] = refusals
  if (first !== undefined) throw refusals.find(({ code }) => !doubtful.has(code)) ?? first
  const tried = token.addresses.map(({ host, port }) => `${host}:${port}`).join(', ')
  const why = lastError instanceof Error ? ` (${lastError.message})` : ''
  throw new FlotillaError('inviter-unreachable', `the inviter does not let us in at ${tried}${why}`, {
    cause: lastError,
    hint: 'let it run, look whether a firewall is between the two machines, then join again with the same token',
  })
}

async function joinAt(address: Address, token: JoinToken, options: JoiningOptions): Promise<Membership> {
  const { crypto, clock, secretKey, name, settings } = options
  // A signal of its own, so that whoever opens the door hears that nobody waits any more.
  const given = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, given.signal]) : given.signal
  try {
    const pipe = await opened(address, token, options, signal)
    const { clockOffsetMsMax: clockToleranceMs, joinMsMax } = settings
    return await joinThrough(pipe, { crypto, clock, token, secretKey, name, clockToleranceMs, joinMsMax, signal })
  } finally {
    given.abort(joinRefused('inviter-unreachable', 'joining is over', 'nothing is left to do'))
  }
}

async function opened(
  address: Address,
  { authorityFingerprint }: JoinToken,
  { open }: JoiningOptions,
  signal: AbortSignal,
): Promise<DoorPipe> {
  try {
    return await open(address, { authorityFingerprint, signal })
  } catch (error) {
    throw new Unreachable(error)
  }
}

/** What somebody else may have said who is at one of the inviter's former addresses. */
const doubtful: ReadonlySet<string> = new Set<JoinErrorCode>([
  'unknown-token',
  'not-the-authority',
  'deadline-exceeded',
  'connection-lost',
  'wrong-authority',
  'wrong-inviter',
  'malformed',
])

class Unreachable extends FlotillaError<'inviter-unreachable'> {
  constructor(cause: unknown) {
    super('inviter-unreachable', 'nobody is at that address', { cause })
  }
}
