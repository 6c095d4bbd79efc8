import { settingsTemplate } from '../settings/settings-text.ts'
import type { InstallFacts, InstallStep } from './plan.ts'

const service = 'flotilla-agent'
const folder = 'C:\\Program Files\\flotilla-agent'
const programFile = `${folder}\\flotilla-agent.exe`
const [programMode, textMode] = [0o755, 0o644]

/**
 * A task of the scheduler that starts with the machine, as LocalSystem, and again after a failure: a Windows service
 * has to answer the service manager, which a Node program cannot.
 */
export function windowsInstall({ program, configFile, flags }: InstallFacts): readonly InstallStep[] {
  const started = ['--config', configFile, ...flags].map(quoted).join(' ')
  return [
    { type: 'folder', path: folder, mode: programMode },
    ...(program === programFile ? [] : [{ type: 'copy', from: program, to: programFile, mode: programMode } as const]),
    { type: 'folder', path: 'C:\\ProgramData\\flotilla-agent', mode: programMode },
    { type: 'write-once', path: configFile, text: settingsTemplate().replaceAll('\n', '\r\n'), mode: textMode },
    { type: 'run', command: powershell(registration(started)), mayFail: false },
    { type: 'run', command: powershell(`Start-ScheduledTask -TaskName ${service}`), mayFail: false },
  ]
}

export function windowsUninstall(): readonly InstallStep[] {
  return [
    { type: 'run', command: powershell(`Stop-ScheduledTask -TaskName ${service}`), mayFail: true },
    {
      type: 'run',
      command: powershell(`Unregister-ScheduledTask -TaskName ${service} -Confirm:$false`),
      mayFail: true,
    },
    { type: 'remove', path: programFile },
  ]
}

function registration(started: string): string {
  return [
    `$action = New-ScheduledTaskAction -Execute ${literal(programFile)} -Argument ${literal(started)}`,
    '$trigger = New-ScheduledTaskTrigger -AtStartup',
    "$principal = New-ScheduledTaskPrincipal -UserId 'SYSTEM' -LogonType ServiceAccount -RunLevel Highest",
    '$settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1)' +
      ' -ExecutionTimeLimit 0 -MultipleInstances IgnoreNew',
    `Register-ScheduledTask -TaskName ${service} -Action $action -Trigger $trigger -Principal $principal` +
      ' -Settings $settings -Force',
  ].join('; ')
}

function powershell(script: string): readonly string[] {
  return ['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', `$ErrorActionPreference = 'Stop'; ${script}`]
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** As Windows programs split their command line. */
function quoted(word: string): string {
  if (/^[\w./:=\\-]+$/.test(word)) return word
  return `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}
