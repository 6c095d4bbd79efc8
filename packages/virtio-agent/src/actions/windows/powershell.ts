import { Buffer } from 'node:buffer'
import type { JsonValue } from '../../contract.ts'
import type { ProgramCall } from '../packages/dialect.ts'

/** Where this Windows has its programs, and what they need to be told. */
export interface WindowsPlace {
  /** As `C:\Windows`. */
  readonly systemRoot: string
  readonly environment: readonly string[]
}

/**
 * Before each script: errors end it, texts are UTF-8, and `$given` is what it was given. What was given comes through
 * the input as JSON, so whatever is in it, it is never read as PowerShell.
 */
const opening = `$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Console]::InputEncoding = [Text.UTF8Encoding]::new($false)
[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
$given = [Console]::In.ReadToEnd() | ConvertFrom-Json
`

/** An error is told by a name that is the same in every language, and a sentence that is not. */
function whole(script: string): string {
  return `${opening}try {
${script}
} catch {
  $inner = $_.Exception
  while ($inner.InnerException) { $inner = $inner.InnerException }
  [Console]::Error.Write("$($_.FullyQualifiedErrorId)|$($inner.NativeErrorCode)|$($_.Exception.Message)")
  exit 1
}
`
}

/** The call of a script that is the same every time. */
export function powershellCall(
  { systemRoot, environment }: WindowsPlace,
  script: string,
  given: JsonValue,
): ProgramCall {
  const encoded = Buffer.from(whole(script), 'utf16le').toString('base64')
  return {
    path: `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`,
    arguments: ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-EncodedCommand', encoded],
    environment,
    input: new TextEncoder().encode(JSON.stringify(given)),
  }
}
