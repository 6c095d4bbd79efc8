import { settingsOf, type Setting } from './settings.ts'

/** The text of `--help`. */
export function settingsHelp(): string {
  const rows = settingsOf('').map((setting) => ({ flag: flagOf(setting), lines: linesOf(setting) }))
  const width = Math.max(...rows.map(({ flag }) => flag.length))
  const lines = rows.flatMap(({ flag, lines: [first = '', ...rest] }) => [
    `  ${flag.padEnd(width)}  ${first}`,
    ...rest.map((line) => `  ${' '.repeat(width)}  ${line}`),
  ])
  return `flotillad runs one node of Flotilla, with embedded storage, until it is told to stop.

  node apps/node/src/main.ts [OPTIONS]      from a checkout also: npm start -- [OPTIONS]

${lines.join('\n')}

Exit codes: 0 stopped as told, 1 could not start or failed, 130 stopped at once by a second signal.`
}

function flagOf({ name, placeholder }: Setting): string {
  return placeholder === '' ? `--${name}` : `--${name} ${placeholder}`
}

function linesOf(setting: Setting): readonly string[] {
  const notes = [
    ...(setting.type === 'switch' ? [] : [`default: ${setting.fallbackShown ?? setting.fallback}`]),
    ...(setting.environment === undefined ? [] : [`environment: ${setting.environment}`]),
  ]
  return [setting.description, ...(notes.length > 0 ? [notes.join(', ')] : [])]
}
