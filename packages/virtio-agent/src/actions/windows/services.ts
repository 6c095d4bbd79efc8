import type { JsonValue } from '../../contract.ts'
import type { ProgramRunner } from '../../execution/contract.ts'
import { programAnswer, type ProgramAnswer } from '../../execution/program-answer.ts'
import type { ServiceManager } from '../ports.ts'
import { serviceLimits } from '../services/limits.ts'
import { servicesIn, windowsRefusal } from './answers.ts'
import { powershellCall, type WindowsPlace } from './powershell.ts'

const serviceListScript = `@(Get-Service | ForEach-Object {
  [pscustomobject]@{
    Name = $_.Name
    DisplayName = $_.DisplayName
    Status = "$($_.Status)"
    StartType = "$($_.StartType)"
  }
}) | ConvertTo-Json -Compress -Depth 2`

export const serviceActScript = `$service = Get-Service -Name $given.name
switch ($given.act) {
  'start' { Start-Service -InputObject $service }
  'stop' { Stop-Service -InputObject $service -Force }
  'restart' { Restart-Service -InputObject $service -Force }
  'enable' { Set-Service -Name $service.Name -StartupType Automatic }
  'disable' { Set-Service -Name $service.Name -StartupType Disabled }
}`

const { askMsMax, actMsMax, outputBytesMax } = serviceLimits

/** Services as Windows has them. */
export function windowsServiceManager(runner: ProgramRunner, place: WindowsPlace): ServiceManager {
  const ask = (script: string, given: JsonValue, timeoutMs: number, signal: AbortSignal): Promise<ProgramAnswer> =>
    programAnswer(runner, { ...powershellCall(place, script, given), timeoutMs, outputBytesMax, signal })
  return {
    async list(signal) {
      const answer = await ask(serviceListScript, null, askMsMax, signal)
      if (answer.exitCode !== 0) throw windowsRefusal('service', answer)
      return servicesIn(answer.stdout)
    },
    async act(name, act, signal) {
      const answer = await ask(serviceActScript, { name, act }, actMsMax, signal)
      if (answer.exitCode !== 0) throw windowsRefusal(`service ${name}`, answer)
    },
  }
}
