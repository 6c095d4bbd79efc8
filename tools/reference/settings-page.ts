import { code, tableOf } from './markdown-table.ts'

/** As `flotilla config explain --json` says it. */
export interface DescribedSetting {
  readonly name: string
  readonly group: string
  readonly description: string
  readonly mayBe: string
  readonly default: string
  readonly flag: string
  readonly environment: string | null
  readonly inFile: string | null
  readonly live: boolean
}

export function settingsPage(settings: readonly DescribedSetting[]): string {
  const groups = [...Map.groupBy(settings, ({ group }) => group)]
  return [
    '# Settings of a node',
    'What `flotilla config explain` says of each setting. This page is made by `pnpm docs:reference`.',
    'Flags win over the environment, that over the file, and the file over the defaults. The file is one: that which ' +
      '`--config` or `FLOTILLA_CONFIG` names, or else `~/.config/flotilla/config.yaml`, or else ' +
      '`/etc/flotilla/config.yaml`. `flotilla config example` prints one with everything in it, ' +
      '`flotilla config check` says what is wrong with it, and `flotilla config show` what holds and where it ' +
      'comes from. What is live takes effect when a running node reads them again, at SIGHUP or ' +
      '`flotilla config reload`; all else at its next start.',
    ...groups.flatMap(([title, members]) => [`## ${title}`, ...members.flatMap(sectionOf)]),
  ]
    .join('\n\n')
    .concat('\n')
}

function sectionOf(setting: DescribedSetting): readonly string[] {
  const { name, description, mayBe, flag, environment, inFile, live } = setting
  const rows = [
    ['may be', mayBe],
    ['default', setting.default],
    ['flag', code(flag)],
    ...(environment === null ? [] : [['environment', code(environment)]]),
    ...(inFile === null ? [] : [['in a file', code(inFile)]]),
    ['live', live ? 'yes' : 'no'],
  ]
  return [
    `### ${name}`,
    `${description.charAt(0).toUpperCase()}${description.slice(1)}.`,
    tableOf(['setting', code(name)], rows),
  ]
}
