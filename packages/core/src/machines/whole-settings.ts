import { wholeSetting } from './setting.ts'

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
    const [least, most] = allowed[name]
    complete[name] = wholeSetting(what, name, settings[name] ?? defaults[name], least, most)
  }
  return complete
}
