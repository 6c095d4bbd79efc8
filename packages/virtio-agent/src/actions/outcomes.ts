import { FlotillaError } from '@flotilla/core/errors'
import type { CommandOutcome, FailureCode, JsonValue, RefusalCode, ResourceUsage } from '../contract.ts'
import { QgaRefusal } from '../qga/contract.ts'

/** Of a message: what systems say can be long, and the host takes no longer ones. */
const messageLengthMax = 2_048

export function done(value: JsonValue, usage?: ResourceUsage): CommandOutcome {
  return { type: 'done', value, ...(usage === undefined ? {} : { usage }) }
}

const refusals: readonly RefusalCode[] = ['wrong-arguments', 'not-permitted', 'not-supported', 'overloaded', 'frozen']
const failures: readonly FailureCode[] = ['not-found', 'timed-out', 'cancelled', 'too-large', 'exists']

/** What the host is told of an error; undefined where it is a bug of ours, of which it learns only that. */
export function failureOf(error: unknown, signal: AbortSignal): CommandOutcome | undefined {
  if (error instanceof FlotillaError) return outcomeOf(String(error.code), error.sentence)
  if (error instanceof QgaRefusal) return failed('failed', error.message)
  const isOfAbort = error === signal.reason || (error instanceof Error && error.name === 'AbortError')
  return signal.aborted && isOfAbort ? failed('cancelled', 'it was cancelled') : undefined
}

function outcomeOf(code: string, message: string): CommandOutcome {
  const refusal = code === 'refused' ? 'not-permitted' : refusals.find((each) => each === code)
  if (refusal !== undefined) return { type: 'refused', code: refusal, message: cut(message) }
  if (code === 'deadline-exceeded') return failed('timed-out', message)
  return failed(failures.find((each) => each === code) ?? 'failed', message)
}

function failed(code: FailureCode, message: string): CommandOutcome {
  return { type: 'failed', code, message: cut(message) }
}

function cut(message: string): string {
  return message.length <= messageLengthMax ? message : `${message.slice(0, messageLengthMax - 1).toWellFormed()}…`
}
