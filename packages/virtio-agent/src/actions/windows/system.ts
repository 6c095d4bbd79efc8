import { FlotillaError } from '@flotilla/core/errors'
import type { JsonValue } from '../../contract.ts'
import type { ProgramRunner } from '../../execution/contract.ts'
import { programAnswer } from '../../execution/program-answer.ts'
import type { QgaInterface, QgaSystem } from '../../qga/contract.ts'
import { serviceLimits } from '../services/limits.ts'
import { interfacesIn, windowsRefusal } from './answers.ts'
import { powershellCall, type WindowsPlace } from './powershell.ts'

const interfacesScript = `$addresses = Get-NetIPAddress
@(Get-NetAdapter | ForEach-Object {
  $index = $_.ifIndex
  [pscustomobject]@{
    Name = $_.Name
    MacAddress = $_.MacAddress
    Addresses = @($addresses | Where-Object { $_.InterfaceIndex -eq $index } | Select-Object IPAddress, PrefixLength)
  }
}) | ConvertTo-Json -Compress -Depth 4`

const powerScript = `if ($given.mode -eq 'reboot') { Restart-Computer -Force } else { Stop-Computer -Force }`

const { askMsMax: timeoutMs, outputBytesMax } = serviceLimits

/** The little that the agent knows of Windows for both dialects. */
export function windowsSystem(
  runner: ProgramRunner,
  place: WindowsPlace,
  now: { readonly hostName: () => string; readonly wallMs: () => number },
): QgaSystem {
  const ask = async (script: string, given: JsonValue): Promise<string> => {
    const call = powershellCall(place, script, given)
    const answer = await programAnswer(runner, { ...call, timeoutMs, outputBytesMax })
    if (answer.exitCode !== 0) throw windowsRefusal('system', answer)
    return answer.stdout
  }
  return {
    time: () => BigInt(Math.round(now.wallMs())) * 1_000_000n,
    hostName: () => Promise.resolve(now.hostName()),
    interfaces: async (): Promise<readonly QgaInterface[]> => interfacesIn(await ask(interfacesScript, null)),
    async shutdown(mode) {
      if (mode === 'halt') throw new FlotillaError('not-supported', 'Windows does not halt: power it down')
      await ask(powerScript, { mode })
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
