/** What the node refuses, or why nothing came of it: a sentence, and what to do. */
export class ApiFailure extends Error {
  override readonly name: string = 'ApiFailure'
  readonly code: string
  readonly hint: string
  /** 0 where there was no answer. */
  readonly status: number

  constructor(failure: { code: string; message: string; hint: string; status: number }, options?: ErrorOptions) {
    super(failure.message, options)
    this.code = failure.code
    this.hint = failure.hint
    this.status = failure.status
  }

  /** Whoever asked has to log in again. */
  get isSessionOver(): boolean {
    return this.status === 401 || this.code === 'no-secret'
  }
}

export function failureOf(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error
  const hint = 'see whether the node runs: flotilla status'
  const cause = { cause: error }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new ApiFailure({ code: 'no-answer', message: 'The node did not answer in time', hint, status: 0 }, cause)
  }
  return new ApiFailure({ code: 'no-answer', message: 'The node does not answer', hint, status: 0 }, cause)
}

/** As the node writes it; whatever else comes is said to be strange. */
export async function refusalIn(response: Response): Promise<ApiFailure> {
  const { status } = response
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as { readonly error: Record<'code' | 'message' | 'hint', unknown> }
    const { code, message, hint } = error
    return new ApiFailure({ code: String(code), message: String(message), hint: String(hint), status })
  } catch (cause) {
    const message = `The answer ${status} is not one of a node`
    return new ApiFailure({ code: 'strange', message, hint: 'see what answers at this address', status }, { cause })
  }
}
