import assert from 'node:assert/strict'
import { FlotillaError } from '../../errors/index.ts'
import type { NetworkErrorCode } from '../../network/index.ts'

/** What became of a promise, to be looked at without waiting for it. */
export interface Outcome<Value> {
  readonly settled: boolean
  readonly value: Value | undefined
  readonly error: unknown
}

export function outcomeOf<Value>(promise: Promise<Value>): Outcome<Value> {
  const outcome: { settled: boolean; value: Value | undefined; error: unknown } = {
    settled: false,
    value: undefined,
    error: undefined,
  }
  promise.then(
    (value) => Object.assign(outcome, { settled: true, value }),
    (error: unknown) => Object.assign(outcome, { settled: true, error }),
  )
  return outcome
}

/** Waits for the promise to reject in the documented way; returns the message. */
export async function rejection(promise: Promise<unknown>, code: NetworkErrorCode): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return messageOf(error, code)
}

export function messageOf(error: unknown, code: NetworkErrorCode): string {
  assert.ok(
    error instanceof FlotillaError,
    `a FlotillaError with code ${code} was expected, this came: ${String(error)}`,
  )
  assert.equal(error.code, code, error.message)
  return error.message
}

/** What a synchronous call throws. */
export function thrown(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

/** A handler that answers when it is told to, whatever its signal says. */
export function heldRequests(): {
  readonly calls: { readonly signal: AbortSignal; readonly answer: (bytes: Uint8Array) => void }[]
  readonly handler: (request: { readonly signal: AbortSignal }) => Promise<Uint8Array>
} {
  const calls: { readonly signal: AbortSignal; readonly answer: (bytes: Uint8Array) => void }[] = []
  return {
    calls,
    handler: ({ signal }) => new Promise((resolve) => calls.push({ signal, answer: resolve })),
  }
}
