/** What other tracing systems carry along with a trace: each has one entry, the latest first. Ours to pass on only. */
export type TraceState = readonly TraceStateEntry[]

export type TraceStateEntry = readonly [key: string, value: string]

export const traceStateLimits = {
  entriesMax: 32,
  /** What we pass on at most; the standard asks for no more. */
  lengthMax: 512,
  /** Entries longer than this are the first to go when all together are too long. */
  entryLengthAmongLongMax: 128,
  /** Text longer than this is not looked at: the longest 32 entries and some white space fit. */
  receivedLengthMax: 17_000,
} as const

/** All that may occur at all, so that `trim` below takes away spaces and tabs and nothing else. */
const textForm = /^[\t\x20-\x7e]*$/
const keyForm = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/
/** Printable ASCII without comma and equals sign, not ending with a space. */
const valueForm = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** Undefined where it breaks the standard's rules: it is then dropped as a whole, and the trace goes on without it. */
export function parseTraceState(text: string): TraceState | undefined {
  if (text.length > traceStateLimits.receivedLengthMax || !textForm.test(text)) return undefined
  const entries = new Map<string, string>()
  for (const member of text.split(',')) {
    const trimmed = member.trim()
    if (trimmed === '') continue // Empty members are allowed; they arise where several headers are joined.
    const equals = trimmed.indexOf('=')
    const [key, value] = [trimmed.slice(0, Math.max(0, equals)), trimmed.slice(equals + 1)]
    if (!keyForm.test(key) || !valueForm.test(value) || entries.has(key)) return undefined
    entries.set(key, value)
  }
  return entries.size > traceStateLimits.entriesMax ? undefined : [...entries]
}

/** At most 512 characters: where there are more, long entries go first, then those at the end, always whole. */
export function formatTraceState(state: TraceState): string {
  const { entriesMax, lengthMax, entryLengthAmongLongMax } = traceStateLimits
  let kept = state.slice(0, entriesMax).map(([key, value]) => `${key}=${value}`)
  for (let excess = kept.join(',').length - lengthMax; excess > 0; excess = kept.join(',').length - lengthMax) {
    const long = kept.findLastIndex((entry) => entry.length > entryLengthAmongLongMax)
    kept = kept.toSpliced(long === -1 ? kept.length - 1 : long, 1)
  }
  return kept.join(',')
}
