/** A value with the tag that orders it: the round first, then the writer's name. */
export interface Stored {
  readonly round: number
  readonly writer: string
  readonly value: number | null
}

export type Request =
  /** What is the newest that you have? */
  | { readonly type: 'query' }
  /** Keep this, unless you have something newer. */
  | { readonly type: 'store'; readonly stored: Stored }

/** What the server has after doing as it was asked. */
export interface Answer {
  readonly stored: Stored
}

export function isNewer(one: Stored, other: Stored): boolean {
  return one.round > other.round || (one.round === other.round && one.writer > other.writer)
}

export const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
export const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))
