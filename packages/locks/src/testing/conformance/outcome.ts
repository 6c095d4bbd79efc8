/** What has become of a promise, to look at without waiting for it. */
export interface Outcome<Value> {
  readonly state: 'pending' | 'resolved' | 'rejected'
  readonly value: Value | undefined
  readonly error: unknown
  /** Of the error; undefined unless it has one. */
  readonly code: string | undefined
}

export function outcomeOf<Value>(promise: Promise<Value>): Outcome<Value> {
  const outcome: { -readonly [Name in keyof Outcome<Value>]: Outcome<Value>[Name] } = {
    state: 'pending',
    value: undefined,
    error: undefined,
    code: undefined,
  }
  const watch = async (): Promise<void> => {
    try {
      outcome.value = await promise
      outcome.state = 'resolved'
    } catch (error) {
      outcome.error = error
      outcome.code = codeOf(error)
      outcome.state = 'rejected'
    }
  }
  void watch()
  return outcome
}

/** The code with which it rejects, or `nothing` where it does not. */
export function refusalOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(() => 'nothing', codeOf)
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
