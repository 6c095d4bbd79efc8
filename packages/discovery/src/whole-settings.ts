import { FlotillaError } from '@flotilla/core/errors'

/** What each setting may be, both ends included. */
export type Ranges<Names extends string> = { readonly [Name in Names]: readonly [least: number, most: number] }

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function wholeSettings<Names extends string>(
  what: string,
  defaults: Readonly<Record<Names, number>>,
  allowed: Ranges<Names>,
  settings: { readonly [Name in Names]?: number | undefined },
): Record<Names, number> {
  const complete: Record<Names, number> = { ...defaults }
  for (const name of Object.keys(allowed) as Names[]) {
    const value = settings[name] ?? defaults[name]
    const [least, most] = allowed[name]
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new FlotillaError(
        'wrong-setting',
        `${what}: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
      )
    }
    complete[name] = value
  }
  return complete
}
