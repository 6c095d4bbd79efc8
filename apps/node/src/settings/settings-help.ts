import { settingsOf } from './settings.ts'
import { fallbackOf, flagOf, mayBeOf, variableOf, type Setting } from './setting.ts'

/** The text of `--help`. */
export function settingsHelp(): string {
  const rows = settingsOf('').map((setting) => ({ flag: flagOf(setting), lines: linesOf(setting) }))
  const width = Math.max(...rows.map(({ flag }) => flag.length))
  const lines = rows.flatMap(({ flag, lines: [first = '', ...rest] }) => [
    `  ${flag.padEnd(width)}  ${first}`,
    ...rest.map((line) => `  ${' '.repeat(width)}  ${line}`),
  ])
  return `flotillad runs one node of Flotilla, with embedded storage, until it is told to stop.

  node apps/node/src/main.ts [OPTIONS]      from a checkout also: npm start -- --one [OPTIONS]

${lines.join('\n')}

Flags win over the environment, that over the file (--config), and the file over the defaults. SIGHUP has the node read
the file again; what takes effect at once is marked "live". SIGINT and SIGTERM stop it.

Exit codes: 0 stopped as told, 1 could not start or failed, 130 stopped at once by a second signal.`
}

function linesOf(setting: Setting): readonly string[] {
  const variable = variableOf(setting)
  const notes = [
    ...(setting.type === 'choice' ? [mayBeOf(setting)] : []),
    ...(setting.type === 'switch' ? [] : [`default: ${fallbackOf(setting)}`]),
    ...(variable === undefined ? [] : [`environment: ${variable}`]),
    ...(setting.isLive === true ? ['live'] : []),
  ]
  return [setting.description, ...(notes.length > 0 ? [notes.join(', ')] : [])]
}
