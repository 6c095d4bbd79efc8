/** What `--diagnose` says on machines of which there is only what they print. */
import { readWindowsListing } from '@flotilla/virtio-agent/node'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../settings/node-settings-file.ts'
import { readArguments } from '../arguments.ts'
import { diagnose, type DiagnosedMachine, type Diagnosis } from './diagnose.ts'

const pci = String.raw`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Enum\PCI`
const withDriver = String.raw`
${pci}\VEN_1AF4&DEV_1043&SUBSYS_11001AF4&REV_01\4&2617aeae&0&0010
    DeviceDesc    REG_SZ    @oem3.inf,%virtioserial.devicedesc%;VirtIO Serial Driver
    HardwareID    REG_MULTI_SZ    PCI\VEN_1AF4&DEV_1043&SUBSYS_11001AF4&REV_01\0PCI\VEN_1AF4&DEV_1043
    Service    REG_SZ    VirtioSerial
`
const withoutDriver = withDriver.replace(/^ +Service.*$/m, '')
const own = String.raw`\\.\Global\org.flotilla.agent.0`
const older = String.raw`\\.\Global\org.infinibay.agent`
const qga = String.raw`\\.\Global\org.qemu.guest_agent.0`

function settingsOf(...flags: readonly string[]) {
  return readSettings(readArguments(['--config', '/dev/null', '--audit-folder', '/nowhere/at/all', ...flags]))
}

/** A Windows whose registry says this, and whose ports open or fail so; what is not named is not there. */
function windows(registry: string, ports: Readonly<Record<string, string>>): DiagnosedMachine {
  const open = (path: string): void => {
    const code = ports[path] ?? 'ENOENT'
    if (code !== 'opens') throw Object.assign(new Error(code), { code })
  }
  return {
    platform: 'win32',
    portListing: () => {
      throw new Error('nobody asks a Windows for that')
    },
    windowsListing: () => readWindowsListing((name) => (name === 'reg.exe' ? registry : undefined), open),
    open,
  }
}

function said({ lines }: Diagnosis, part: string): string {
  const whole = lines.join('\n')
  return whole.split('\n\n').find((each) => each.startsWith(part)) ?? ''
}

describe('on Windows', () => {
  test('each step is told: the controller with its driver, the names, and which one it is', async () => {
    const diagnosis = await diagnose(settingsOf(), windows(withDriver, { [older]: 'opens', [qga]: 'opens' }))
    expect(diagnosis.hasProblem).toBe(false)
    expect(diagnosis.lines[0]).toContain('on win32')
    const told = said(diagnosis, 'The own dialect')
    expect(told).toContain('DEV_1003, DEV_1043, DEV_1044: fine')
    expect(told).toContain('4&2617AEAE&0&0010 has VirtioSerial')
    expect(told).toContain(`${own}: nothing here`)
    expect(told).toContain(`${older}: found`)
    expect(said(diagnosis, "The QEMU guest agent's dialect")).toContain(`${qga}: found`)
  })

  test('what is wrong is told, with what to do', async () => {
    const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
      ['', {}, 'give the virtual machine a virtio-serial controller'],
      [withoutDriver, {}, 'install the driver vioserial'],
      [withDriver, {}, 'a virtserialport with name=org.flotilla.agent.0'],
      [withDriver, { [own]: 'EEXIST' }, 'another program has it open'],
      [withDriver, { [own]: 'EACCES' }, 'run the agent as LocalSystem'],
      [withDriver, { [own]: 'UNKNOWN' }, 'for a reason that is not known'],
    ]
    for (const [registry, ports, expected] of cases) {
      const diagnosis = await diagnose(settingsOf('--qga-device', 'none'), windows(registry, ports))
      expect(said(diagnosis, 'The own dialect')).toContain(expected)
      expect(diagnosis.hasProblem).toBe(true)
    }
  })

  test('a device that is named is opened, and nothing is looked for', async () => {
    const flags = ['--device', String.raw`\\.\Global\mine`, '--qga-device', 'none']
    const machine = { ...windows('', {}), windowsListing: (): never => expect.fail('nothing is looked for') }
    const denied = await diagnose(settingsOf(...flags), machine)
    expect(said(denied, 'The own dialect')).toContain('PROBLEM')
    const fine = await diagnose(settingsOf(...flags), { ...machine, open: () => {} })
    expect(fine.hasProblem).toBe(false)
  })
})
