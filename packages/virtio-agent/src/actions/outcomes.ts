import { FlotillaError } from '@flotilla/core/errors'
import type { CommandOutcome, FailureCode, JsonValue, RefusalCode, ResourceUsage } from '../contract.ts'

export function done(value: JsonValue, usage?: ResourceUsage): CommandOutcome {
  return { type: 'done', value, ...(usage === undefined ? {} : { usage }) }
}

const refusals: readonly RefusalCode[] = ['wrong-arguments', 'not-permitted', 'not-supported', 'overloaded', 'frozen']
const failures: readonly FailureCode[] = ['not-found', 'timed-out', 'cancelled', 'too-large', 'exists']

/** What the host is told of an error; undefined where it is a bug of ours, of which it learns only that. */
export function failureOf(error: unknown, signal: AbortSignal): CommandOutcome | undefined {
  if (!(error instanceof FlotillaError)) {
    return signal.aborted && error === signal.reason ? failed('cancelled', 'it was cancelled') : undefined
  }
  const code = String(error.code)
  const refusal = refusals.find((each) => each === code)
  if (refusal !== undefined) return { type: 'refused', code: refusal, message: error.message }
  if (code === 'refused') return { type: 'refused', code: 'not-permitted', message: error.message }
  if (code === 'deadline-exceeded') return failed('timed-out', error.message)
  return failed(failures.find((each) => each === code) ?? 'failed', error.message)
}

function failed(code: FailureCode, message: string): CommandOutcome {
  return { type: 'failed', code, message }
}
