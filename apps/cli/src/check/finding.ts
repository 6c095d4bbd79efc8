export type FindingState = 'ok' | 'warning' | 'failed'

/** One line of `flotilla check`. */
export interface Finding {
  readonly subject: string
  readonly state: FindingState
  readonly what: string
  /** What to do about it. */
  readonly hint?: string
}
