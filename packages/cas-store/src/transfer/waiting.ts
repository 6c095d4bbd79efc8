/** Never resolves; rejects when that does. For racing with something else that is waited for. */
export function failureOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => void work.catch(reject))
}

/** Its rejection is somebody else's to hear. */
export function handledElsewhere(work: Promise<unknown>): void {
  work.catch(() => {})
}
