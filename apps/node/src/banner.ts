import { styleText } from 'node:util'
import { safeJson, safeText } from '@flotilla/core/text'

export interface BannerFacts {
  readonly name: string
  readonly id: string
  readonly version: string
  readonly dataFolder: string
  /** Where `isCodeShown`, with a code in it that opens the page once. */
  readonly pageUrl: string
  readonly pid: number
  /** What to try next; complete commands. */
  readonly commands: readonly (readonly [command: string, what: string])[]
  /** Something to know about this start, such as another port than usual. */
  readonly notes: readonly string[]
}

/**
 * Whether it is told how to log in. What goes to a pipe or a file may be kept, and what systemd keeps in its journal,
 * many may read; a program that asks for JSON is one that has to know.
 */
export function isCodeShown(stdout: StdoutKind): boolean {
  const { json, isTerminal, isJournal } = stdout
  return isTerminal || (json && !isJournal)
}

interface StdoutKind {
  readonly json: boolean
  readonly isTerminal: boolean
  /** The environment says so, as also that of a terminal may that systemd has started. */
  readonly isJournal: boolean
}

/** The commands to try next; they name the data folder where it is not the one that they look in by themselves. */
export function nextCommands(dataFlag: string | undefined): BannerFacts['commands'] {
  const rest = dataFlag === undefined ? '' : ` --data ${quoted(dataFlag)}`
  return [
    [`./flotilla status${rest}`, 'how the node is'],
    [`./flotilla history${rest}`, 'what happened to it'],
    [`./flotilla check${rest}`, 'whether its data folder is sound'],
  ]
}

export function bannerText(facts: BannerFacts, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const title = paint('bold', 'Flotilla node')
  const width = Math.max(...facts.commands.map(([command]) => command.length))
  const rows = [
    ['id', facts.id],
    ['data', facts.dataFolder],
    ['page', facts.pageUrl],
  ] as const
  return [
    '',
    `  ${title} ${paint(['bold', 'cyan'], safeText(facts.name))} ${paint('dim', facts.version)}`,
    '',
    ...rows.map(([what, value]) => `  ${paint('dim', what.padEnd(6))}${safeText(value)}`),
    ...facts.notes.flatMap((note) => ['', `  ${safeText(note)}`]),
    '',
    '  Try next:',
    ...facts.commands.map(([command, what]) => `    ${safeText(command).padEnd(width + 2)}${paint('dim', what)}`),
    '',
    `  ${paint('dim', 'Ctrl-C stops it.')}`,
    '',
  ].join('\n')
}

/** For programs: one line, as plain as JSON can be. */
export function bannerLine(facts: BannerFacts): string {
  return safeJson({ event: 'ready', ...facts, commands: facts.commands.map(([command]) => command) })
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
