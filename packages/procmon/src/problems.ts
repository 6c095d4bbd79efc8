import { FlotillaError } from '@flotilla/core/errors'
import type { Problem } from './readings.ts'

/** What the errors of the system mean to who reads; all others are `failed`. */
const codes: Readonly<Record<string, string>> = {
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  ENOENT: 'not-found',
  ENODEV: 'not-found',
  EMFILE: 'limit-reached',
  ENFILE: 'limit-reached',
}

/** The problems of one reading. */
export class Problems {
  readonly #most: number
  readonly #problems: Problem[] = []
  #more = 0

  constructor(most: number) {
    this.#most = most
  }

  add(part: string, code: string, message: string): void {
    if (this.#problems.length < this.#most) this.#problems.push({ part, code, message })
    else this.#more++
  }

  /** Whatever was thrown. */
  failed(part: string, error: unknown): void {
    const { code } = error as { readonly code?: unknown }
    if (error instanceof FlotillaError) {
      this.add(part, String(code), error.sentence)
      return
    }
    const message = error instanceof Error ? error.message : String(error)
    this.add(part, codes[String(code)] ?? 'failed', message)
  }

  all(): readonly Problem[] {
    if (this.#more === 0) return this.#problems
    return [...this.#problems, { part: 'problems', code: 'limit-reached', message: `and ${this.#more} more` }]
  }
}

/** Whether the machine simply does not have that file. */
export function isAbsent(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  // EOPNOTSUPP: pressure that was turned off; ENODATA, ENXIO and EIO: a sensor or a link that is asleep; ESRCH: ended.
  return ['ENOENT', 'ENOTDIR', 'ENODEV', 'EOPNOTSUPP', 'ENODATA', 'ENXIO', 'EINVAL', 'ESRCH'].includes(String(code))
}
