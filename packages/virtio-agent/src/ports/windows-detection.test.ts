import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diagnosisLines } from './diagnosis.ts'
import { readWindowsListing } from './node-windows-listing.ts'
import { detectWindowsPort, windowsControllers, windowsPortPath, type WindowsOpening } from './windows-detection.ts'

/** Under this key the registry has what is on the PCI bus. */
const pci = String.raw`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Enum\PCI`

const registry = String.raw`
${pci}\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00\3&13c0b0c5&0&18
    Service    REG_SZ    netkvm

${pci}\VEN_1AF4&DEV_1003&SUBSYS_00031AF4&REV_00\3&13c0b0c5&0&28
    DeviceDesc    REG_SZ    @oem5.inf,%virtioserial.devicedesc%;VirtIO Serial Driver
    HardwareID    REG_MULTI_SZ    PCI\VEN_1AF4&DEV_1003&SUBSYS_00031AF4&REV_00\0PCI\VEN_1AF4&DEV_1003
    Service    REG_SZ    VirtioSerial

${pci}\VEN_1AF4&DEV_1003&SUBSYS_00031AF4&REV_00\3&13c0b0c5&0&28\Device Parameters
    (Default)    REG_SZ

${pci}\VEN_8086&DEV_1003&SUBSYS_00031AF4&REV_00\3&13c0b0c5&0&30
    Service    REG_SZ    other
`

const pnputil = [
  String.raw`Instance ID:                PCI\VEN_1AF4&DEV_1043&SUBSYS_11001AF4&REV_01\4&2617AEAE&0&0008`,
  'Device Description:         VirtIO Serial Driver',
  'Driver Name:                oem5.inf',
  'Dienst: VirtioSerial',
  '',
  String.raw`Instance ID:                PCI\VEN_1AF4&DEV_1044&SUBSYS_11001AF4&REV_01\4&1&0&0009`,
  'Status:                     Problem',
].join('\r\n')

test('controllers are found in what reg query prints, with their driver', () => {
  expect(windowsControllers(registry)).toEqual([
    {
      instance: String.raw`PCI\VEN_1AF4&DEV_1003&SUBSYS_00031AF4&REV_00\3&13C0B0C5&0&28`,
      service: 'VirtioSerial',
    },
  ])
})

test('controllers are found in what pnputil prints, in any language', () => {
  expect(windowsControllers(pnputil)).toEqual([
    { instance: String.raw`PCI\VEN_1AF4&DEV_1043&SUBSYS_11001AF4&REV_01\4&2617AEAE&0&0008`, service: 'VirtioSerial' },
    { instance: String.raw`PCI\VEN_1AF4&DEV_1044&SUBSYS_11001AF4&REV_01\4&1&0&0009`, service: undefined },
  ])
})

test('any text is read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(windowsControllers(`${text}\n${pnputil}`).length).toBeGreaterThanOrEqual(2)
    }),
  )
})

const opening =
  (openings: Readonly<Record<string, WindowsOpening>>) =>
  (path: string): WindowsOpening =>
    openings[path] ?? 'missing'

test('the port is looked for by its names, ours first', () => {
  const own = String.raw`\\.\Global\org.flotilla.agent.0`
  const older = String.raw`\\.\Global\org.infinibay.agent`
  const detect = (openings: Readonly<Record<string, WindowsOpening>>): string | undefined =>
    detectWindowsPort({ devices: registry, opening: opening(openings) }, 'own').path
  expect(detect({ [own]: 'opened', [older]: 'opened' })).toBe(own)
  expect(detect({ [older]: 'opened' })).toBe(older)
  expect(detect({ [own]: 'busy' })).toBe(own)
  expect(detect({})).toBeUndefined()
})

test('what is wrong is told', () => {
  const path = String.raw`\\.\Global\org.qemu.guest_agent.0`
  const lines = (devices: string, is: WindowsOpening): string =>
    diagnosisLines(detectWindowsPort({ devices, opening: opening({ [path]: is }) }, 'qga').steps).join('\n')
  expect(lines('', 'missing')).toContain('give the virtual machine a virtio-serial controller')
  expect(lines(pnputil.split('\r\n\r\n')[1] ?? '', 'missing')).toContain('install the driver vioserial')
  expect(lines(registry, 'busy')).toContain('often the service QEMU-GA')
  expect(lines(registry, 'denied')).toContain('run the agent as LocalSystem')
  expect(lines(registry, 'failed')).toContain('Device Manager')
  expect(lines(registry, 'missing')).toContain('a virtserialport with name=org.qemu.guest_agent.0')
})

describe('the listing of a Windows', () => {
  const error = (code: string): Error => Object.assign(new Error(code), { code })

  test('is what the registry says, or pnputil where that cannot be asked', () => {
    const asked: string[] = []
    const run =
      (answers: Readonly<Record<string, string>>) =>
      (name: string, words: readonly string[]): string | undefined => {
        asked.push([name, ...words].join(' '))
        return answers[name]
      }
    const open = (): void => {}
    expect(readWindowsListing(run({ 'reg.exe': registry }), open).devices).toBe(registry)
    expect(readWindowsListing(run({ 'pnputil.exe': pnputil }), open).devices).toBe(pnputil)
    expect(readWindowsListing(run({}), open).devices).toBe('')
    const reg = String.raw`reg.exe query HKLM\SYSTEM\CurrentControlSet\Enum\PCI /s`
    expect(asked).toEqual([reg, reg, 'pnputil.exe /enum-devices', reg, 'pnputil.exe /enum-devices'])
  })

  test('opens a port for a moment, and knows what its errors mean', () => {
    const openingOf = (code: string | undefined): WindowsOpening =>
      readWindowsListing(
        () => '',
        () => {
          if (code !== undefined) throw error(code)
        },
      ).opening(windowsPortPath('x'))
    const codes = [undefined, 'ENOENT', 'EBUSY', 'EEXIST', 'EPERM', 'UNKNOWN']
    expect(codes.map(openingOf)).toEqual(['opened', 'missing', 'busy', 'busy', 'denied', 'failed'])
  })
})
