/** Which parts of a node do their work; why one does not is for those who may know. */
export interface PartsHealth {
  readonly failed: readonly string[]
  readonly working: readonly string[]
}

interface Part {
  readonly isFailed: boolean
}

/** `others` fail only with the whole node. */
export function healthOf(parts: Readonly<Record<string, Part>>, others: readonly string[]): PartsHealth {
  const failed = Object.keys(parts).filter((name) => parts[name]?.isFailed === true)
  const working = [...Object.keys(parts), ...others].filter((name) => !failed.includes(name))
  return { failed: failed.toSorted(), working: working.toSorted() }
}
