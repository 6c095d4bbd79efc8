import { code, tableOf } from './markdown-table.ts'

/** As `flotilla help --json` says it. */
export interface DescribedCommand {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly options: readonly {
    readonly name: string
    readonly letter?: string
    readonly placeholder: string
    readonly description: string
  }[]
  readonly examples: readonly (readonly [line: string, does: string])[]
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[]
}

/** Every command has these; they are said once. */
const global = new Set(['json', 'no-color', 'help'])

export function commandsPage(commands: readonly DescribedCommand[]): string {
  const [first] = commands
  const shared = first?.options.filter(({ name }) => global.has(name)) ?? []
  return [
    '# Commands',
    'What `flotilla help` says of each command. This page is made by `pnpm docs:reference`.',
    'With every command:',
    optionTable(shared),
    ...commands.toSorted((one, other) => (one.name < other.name ? -1 : 1)).flatMap(sectionOf),
  ]
    .join('\n\n')
    .concat('\n')
}

function sectionOf({ name, summary, usage, options, examples, exitCodes }: DescribedCommand): readonly string[] {
  const own = options.filter((option) => !global.has(option.name))
  return [
    `## ${name}`,
    `${capital(summary)}.`,
    fence(usage),
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...(examples.length === 0
      ? []
      : [
          tableOf(
            ['for example', 'it does'],
            examples.map(([line, does]) => [code(line), does]),
          ),
        ]),
    ...(exitCodes.length === 0
      ? []
      : [
          tableOf(
            ['exit code', 'meaning'],
            exitCodes.map(([value, meaning]) => [String(value), meaning]),
          ),
        ]),
  ]
}

function optionTable(options: DescribedCommand['options']): string {
  const rows = options.map(({ name, letter, placeholder, description }) => {
    const names = letter === undefined ? `--${name}` : `-${letter}, --${name}`
    return [code(`${names} ${placeholder}`.trim()), description]
  })
  return tableOf(['option', 'what it does'], rows)
}

function fence(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
