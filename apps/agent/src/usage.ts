import { defaultConfigFile } from './arguments.ts'
import { mayBeOf } from './settings/settings-text.ts'
import { settingTable } from './settings/settings.ts'

/** The text of `--help`. */
export function usage(): string {
  const settings = settingTable.flatMap((setting) => [
    `  --${setting.name}${setting.type === 'switch' ? '' : ' VALUE'}`,
    `      ${setting.description}`,
    `      ${mayBeOf(setting)}; default: ${setting.fallback === '' ? 'none' : setting.fallback}`,
  ])
  return `flotilla-agent answers the host of this virtual machine through virtio ports, until it is told to stop.

  flotilla-agent [OPTIONS]               run
  flotilla-agent --diagnose [OPTIONS]    look for the ports, and say what was found and what to do
  flotilla-agent --self-check            try out that this program works here
  flotilla-agent install [--dry-run]     run it at every start of this machine, with these options
  flotilla-agent uninstall [--dry-run]
  flotilla-agent --version
  flotilla-agent --help

  --config FILE
      settings as lines of NAME = VALUE; read again when it changes and on SIGHUP; default: ${defaultConfigFile}
  --debug
      the same as --log-level debug

Each of these can be in the file too; an option here wins:

${settings.join('\n')}

Exit codes: 0 stopped as told or all is well, 1 failed or a problem was found, 2 called in a wrong way.`
}
