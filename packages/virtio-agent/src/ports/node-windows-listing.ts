import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { portTrouble, type PortTroubleCode } from './port-trouble.ts'
import type { WindowsListing, WindowsOpening } from './windows-detection.ts'

/** Of one program of the system. */
const programMs = 20_000
const outputBytesMax = 16_777_216

/** What a program of Windows' own prints; undefined where it cannot be run, or fails. */
export type SystemProgram = (name: string, words: readonly string[]) => string | undefined

/** What this Windows shows of its virtio ports. A port is opened only for a moment. */
export function readWindowsListing(
  run: SystemProgram = systemProgram,
  open: (path: string) => void = opened,
): WindowsListing {
  return {
    devices:
      run('reg.exe', ['query', String.raw`HKLM\SYSTEM\CurrentControlSet\Enum\PCI`, '/s']) ??
      run('pnputil.exe', ['/enum-devices']) ??
      '',
    opening: (path) => openingOf(path, open),
  }
}

const openings: Readonly<Record<PortTroubleCode, WindowsOpening>> = {
  'port-missing': 'missing',
  'port-busy': 'busy',
  'port-denied': 'denied',
  'port-failed': 'failed',
}

function openingOf(path: string, open: (path: string) => void): WindowsOpening {
  try {
    open(path)
    return 'opened'
  } catch (error) {
    return openings[portTrouble(path, error).code]
  }
}

function opened(path: string): void {
  closeSync(openSync(path, 'r+'))
}

/** From Windows' own folder, whatever the path says. */
function systemProgram(name: string, words: readonly string[]): string | undefined {
  const path = `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\${name}`
  const { status, stdout } = spawnSync(path, words, {
    encoding: 'utf8',
    timeout: programMs,
    maxBuffer: outputBytesMax,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 ? stdout : undefined
}
