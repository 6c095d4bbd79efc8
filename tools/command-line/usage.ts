import { parseArgs, type ParseArgsConfig } from 'node:util'

/** The command was wrong; the message says what to write instead. */
export class UsageError extends Error {}

/** `parseArgs` with positionals, whose complaints are `UsageError`s. */
export function parseWords<const Options extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: Options }>> {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** The number that the text stands for, or a `UsageError` that says what it may be. */
export function wholeNumber(what: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`${what} is ${JSON.stringify(text)}; it must be a whole number from ${least} to ${most}`)
}
