import { FlotillaError } from '@flotilla/core/errors'
import { chooseCommand, readWords } from './arguments.ts'
import { commandTable } from './command-table.ts'
import type { Call, Command, Result } from './commands/command.ts'
import { exitCodeOf } from './exit-codes.ts'
import { renderLines, type Line } from './terminal/lines.ts'
import { safeJson, safeText } from '@flotilla/core/text'

type Environment = Readonly<Record<string, string | undefined>>

/** From arguments to output; gives the exit code. */
export async function runCommandLine(argv: readonly string[], environment: Environment): Promise<number> {
  // A reader that has gone away, such as `head`, is no failure.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  // Before anything can go wrong, because a program wants to read what went wrong too.
  const before = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  const json = before.includes('--json')
  try {
    const colour = process.stdout.isTTY && !environment['NO_COLOR'] && !before.includes('--no-color')
    const say = (lines: readonly Line[], document: unknown): void => {
      console.log(json ? safeJson(document, 2) : renderLines(lines, colour))
    }
    const { exitCode, lines, document } = await resultOf(argv, environment, say)
    if (document !== undefined) say(lines, document)
    return exitCode
  } catch (error) {
    return sayError(error, json)
  }
}

async function resultOf(argv: readonly string[], environment: Environment, say: Call['say']): Promise<Result> {
  const chosen = chooseCommand(argv, commandTable)
  if (chosen.type === 'command') {
    const command = await chosen.listed.load()
    const { options, words } = readWords(command, chosen)
    if (!options.has('help')) return runCommand(command, { words, options, environment, say })
    return (await import('./commands/help.ts')).helpOf(command)
  }
  // Only help has to know all the others.
  const { helpCommand, helpOf, helpOfFamily } = await import('./commands/help.ts')
  const help = helpCommand(commandTable)
  if (chosen.type === 'family') return helpOfFamily(chosen.first, commandTable)
  const { options, words } = readWords(help, chosen)
  return options.has('help') && chosen.type === 'help' ? helpOf(help) : help.run({ words, options, environment, say })
}

async function runCommand(command: Command, call: Call): Promise<Result> {
  if (command.waitsFor === undefined || !process.stderr.isTTY) return command.run(call)
  const [{ statusLine }, { waitNotice }] = await Promise.all([
    import('./terminal/status-line.ts'),
    import('./terminal/wait-notice.ts'),
  ])
  using _notice = waitNotice(statusLine(call), command.waitsFor)
  // Awaited here, so that the notice stays as long.
  return await command.run(call)
}

function sayError(error: unknown, json: boolean): number {
  const { code, message, hint, said } = isKnown(error) ? knownFailure(error) : unknownFailure(error)
  if (json) console.log(safeJson({ error: { code, message, hint } }, 2))
  // A stack keeps its lines; each is made safe.
  console.error(`flotilla: ${said.split('\n').map(safeText).join('\n')}`)
  return exitCodeOf(code)
}

function isKnown(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError
}

interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly said: string
}

function knownFailure({ code, message, hint, sentence }: FlotillaError): Failure {
  return { code, message, hint, said: safeText(sentence) }
}

function unknownFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  const hint = 'this is a bug in flotilla: report it with what is printed here'
  return {
    code: 'failed',
    message,
    hint,
    said: `${error instanceof Error ? (error.stack ?? message) : message}\n${hint}`,
  }
}
