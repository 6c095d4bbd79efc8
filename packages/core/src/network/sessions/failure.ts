import { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { NetworkErrorCode } from '../index.ts'

/** A handler that failed in a way that was not meant for the far side, or could not be told to it. */
export interface HandlerFailure {
  /** The node whose handler it was. */
  readonly node: NodeId
  readonly channel: string
  readonly handler: 'peer' | 'notice' | 'publication' | 'request' | 'stream'
  /** Whose message or coming and going it handled. */
  readonly peer: NodeId
  readonly error: unknown
}

/** An error as the port documents them. */
export function failure(code: NetworkErrorCode, message: string, hint?: string): FlotillaError<NetworkErrorCode> {
  return new FlotillaError(code, message, hint === undefined ? {} : { hint })
}

export function unreachable(peer: NodeId): FlotillaError<NetworkErrorCode> {
  return failure('peer-unreachable', `there is no connection to ${peer}`, 'try again when it is reported as up')
}

export function connectionLost(peer: NodeId): FlotillaError<NetworkErrorCode> {
  return failure('peer-unreachable', `the connection to ${peer} broke`, 'try again when it is reported as up')
}

export function tooLarge(what: string, bytes: number, limit: string, most: number): FlotillaError<NetworkErrorCode> {
  return failure('too-large', `${what} of ${bytes} bytes is longer than ${limit}, which is ${most}`)
}

export function overloaded(what: string, limit: string, most: number): FlotillaError<NetworkErrorCode> {
  return failure('overloaded', `${what}: ${limit} is ${most}`, 'try again later')
}

/** What the far side may learn of a handler's error. */
export function toldReason(error: unknown, lengthMax: number): string {
  const text = error instanceof FlotillaError ? error.message : 'its handler failed; the log of that node says why'
  return cutReason(text, lengthMax)
}

/** At most that long, and never half a character at the end. */
export function cutReason(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1).toWellFormed()}…`
}

/** What a crashed process waits for. */
export function never(): Promise<never> {
  return new Promise(() => {})
}
