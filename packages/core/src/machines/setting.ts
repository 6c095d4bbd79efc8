import { FlotillaError } from '../errors/index.ts'

/** Returns the setting, or throws a sentence that says which setting of what is wrong and what it may be. */
export function wholeSetting(what: string, name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new FlotillaError(
    'wrong-setting',
    `${what}: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
  )
}
