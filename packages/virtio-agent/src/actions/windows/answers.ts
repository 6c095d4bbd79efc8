import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramAnswer } from '../../execution/program-answer.ts'
import type { QgaInterface } from '../../qga/contract.ts'
import type { ServiceState } from '../ports.ts'

type Row = Readonly<Record<string, unknown>>

/** What `ConvertTo-Json` wrote: nothing for none, an object for one, and a list for more. */
function rowsIn(text: string): readonly Row[] {
  const json = text.replace(/^\uFEFF/, '').trim()
  if (json === '') return []
  try {
    const value: unknown = JSON.parse(json)
    const rows = Array.isArray(value) ? (value as readonly unknown[]) : [value]
    return rows.filter((row): row is Row => typeof row === 'object' && row !== null && !Array.isArray(row))
  } catch (cause) {
    throw new FlotillaError('failed', 'PowerShell said something that is no JSON', { cause })
  }
}

function textOf(row: Row, name: string): string {
  const value = row[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function numberOf(row: Row, name: string): number {
  const value = Number(row[name] ?? 0)
  return Number.isFinite(value) ? value : 0
}

/** By word, or by number where a version of PowerShell writes enumerations so. */
const states: Readonly<Record<string, ServiceState['state']>> = {
  Running: 'running',
  '4': 'running',
  Stopped: 'stopped',
  '1': 'stopped',
  Paused: 'stopped',
  '7': 'stopped',
  StartPending: 'changing',
  '2': 'changing',
  StopPending: 'changing',
  '3': 'changing',
  ContinuePending: 'changing',
  '5': 'changing',
  PausePending: 'changing',
  '6': 'changing',
}

/** Of `Get-Service`. */
export function servicesIn(text: string): readonly ServiceState[] {
  return rowsIn(text).flatMap((row): ServiceState[] => {
    const name = textOf(row, 'Name')
    if (name === '') return []
    const start = textOf(row, 'StartType')
    const isEnabled = /^(Automatic|Boot|System|0|1|2)$/.test(start)
    return [
      {
        name,
        description: textOf(row, 'DisplayName'),
        state: states[textOf(row, 'Status')] ?? 'unknown',
        ...(start === '' ? {} : { isEnabled }),
      },
    ]
  })
}

/** Of `Get-NetAdapter`, each with those of `Get-NetIPAddress` that are its own. */
export function interfacesIn(text: string): readonly QgaInterface[] {
  return rowsIn(text).flatMap((row): QgaInterface[] => {
    const name = textOf(row, 'Name')
    const hardware = textOf(row, 'MacAddress').replaceAll('-', ':').toLowerCase()
    const given: unknown = row['Addresses']
    const addresses = (Array.isArray(given) ? (given as readonly unknown[]) : [given]).flatMap((each) => {
      if (typeof each !== 'object' || each === null) return []
      // A scope follows the address after a percent sign.
      const address = textOf(each as Row, 'IPAddress').split('%')[0] ?? ''
      const type = address.includes(':') ? ('ipv6' as const) : ('ipv4' as const)
      return address === '' ? [] : [{ type, address, prefix: numberOf(each as Row, 'PrefixLength') }]
    })
    if (name === '') return []
    return [{ name, ...(hardware === '' ? {} : { hardwareAddress: hardware }), addresses }]
  })
}

const accessDenied = '5'
const noSuchService = '1060'

/** Of what a script of ours wrote where it failed: a name, Windows' own number, and a sentence. */
export function windowsRefusal(what: string, { stderr }: ProgramAnswer): FlotillaError {
  const [, id = '', code = '', message = ''] = /^([^|]*)\|([^|]*)\|([\s\S]*)$/.exec(stderr.trim()) ?? []
  const sentence = (message.trim() || stderr.trim() || 'it did not say why').slice(0, 1_000)
  if (id.startsWith('NoServiceFoundForGivenName') || code === noSuchService) {
    return new FlotillaError('not-found', `there is no ${what}`)
  }
  if (code === accessDenied || id.includes('UnauthorizedAccess')) {
    return new FlotillaError('not-permitted', `the agent may not do that to ${what}: ${sentence}`)
  }
  return new FlotillaError('failed', sentence)
}
