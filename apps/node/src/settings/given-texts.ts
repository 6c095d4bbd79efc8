import type { FilePlace } from './setting-problem.ts'

/** Where a value came from. */
export type Origin =
  | { readonly from: 'flag' | 'environment'; readonly calledAs: string }
  | { readonly from: 'file'; readonly calledAs: string; readonly file: string; readonly line: number }

/** What one source said of one setting, before it is known whether it is right. */
export interface GivenTexts {
  readonly origin: Origin
  readonly texts: readonly string[]
  /** Of each of them, in a file. */
  readonly places?: readonly FilePlace[]
}

/** As messages name it, so that somebody finds what he has written. */
export function originText(origin: Origin): string {
  return origin.from === 'file' ? `${origin.calledAs} (${origin.file}:${origin.line})` : origin.calledAs
}
