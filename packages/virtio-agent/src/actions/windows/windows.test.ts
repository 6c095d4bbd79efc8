import { Buffer } from 'node:buffer'
import { describe, expect, test } from 'vitest'
import type { ProgramToRun } from '../../execution/contract.ts'
import { ScriptedRunner, type ScriptedAnswer } from '../../testing/scripted-runner.ts'
import type { PackageDialect } from '../packages/dialect.ts'
import { programmedPackages } from '../packages/programmed-packages.ts'
import { interfacesIn, servicesIn } from './answers.ts'
import { choco } from './choco.ts'
import { powershellCall } from './powershell.ts'
import { serviceActScript, windowsServiceManager } from './services.ts'
import { windowsSystem } from './system.ts'
import { winget } from './winget.ts'

const signal = new AbortController().signal
const run = { signal, progress: () => {} }
const place = { systemRoot: 'C:\\Windows', environment: ['SystemRoot=C:\\Windows'] }

function scriptOf(program: Pick<ProgramToRun, 'arguments'> | undefined): string {
  return Buffer.from(program?.arguments.at(-1) ?? '', 'base64').toString('utf16le')
}

function inputOf(program: Pick<ProgramToRun, 'input'> | undefined): unknown {
  return JSON.parse(new TextDecoder().decode(program?.input))
}

describe('a script of PowerShell', () => {
  test('is the same whatever it is given', () => {
    const odd = ['$(Remove-Item C:\\)', "'; exit; '", '`n', '\u2019; calc; \u2019', '%PATH%', '"']
    const scripts = odd.map((name) => powershellCall(place, serviceActScript, { name, act: 'start' }))
    expect(new Set(scripts.map(scriptOf)).size).toBe(1)
    expect(scripts.map((call) => inputOf({ input: call.input ?? new Uint8Array() }))).toEqual(
      odd.map((name) => ({ name, act: 'start' })),
    )
    const [first] = scripts
    expect(first?.path).toBe('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe')
    expect(first?.arguments).toContain('-NonInteractive')
    expect(first?.environment).toEqual(place.environment)
  })
})

describe('what PowerShell says', () => {
  test('of services', () => {
    const running = '{"Name":"Spooler","DisplayName":"Print Spooler","Status":"Running","StartType":"Automatic"}'
    const stopped = '{"Name":"wuauserv","DisplayName":"Windows Update","Status":1,"StartType":3}'
    const two = `\uFEFF[${running},${stopped}]\r\n`
    expect(servicesIn(two)).toEqual([
      { name: 'Spooler', description: 'Print Spooler', state: 'running', isEnabled: true },
      { name: 'wuauserv', description: 'Windows Update', state: 'stopped', isEnabled: false },
    ])
    expect(servicesIn('{"Name":"a","Status":"StopPending"}')).toEqual([
      { name: 'a', description: '', state: 'changing' },
    ])
    expect([servicesIn(''), servicesIn('null'), servicesIn('[1,null,{}]')]).toEqual([[], [], []])
    expect(() => servicesIn('Get-Service : not recognized')).toThrow('no JSON')
  })

  test('of interfaces', () => {
    const ipv6 = '{"IPAddress":"fe80::1%12","PrefixLength":64}'
    const ipv4 = '{"IPAddress":"10.0.2.15","PrefixLength":24}'
    const text = `{"Name":"Ethernet","MacAddress":"52-54-00-12-34-56","Addresses":[${ipv6},${ipv4}]}`
    expect(interfacesIn(text)).toEqual([
      {
        name: 'Ethernet',
        hardwareAddress: '52:54:00:12:34:56',
        addresses: [
          { type: 'ipv6', address: 'fe80::1', prefix: 64 },
          { type: 'ipv4', address: '10.0.2.15', prefix: 24 },
        ],
      },
    ])
    expect(
      interfacesIn('{"Name":"Wi-Fi","MacAddress":"","Addresses":{"IPAddress":"1.2.3.4","PrefixLength":8}}'),
    ).toEqual([{ name: 'Wi-Fi', addresses: [{ type: 'ipv4', address: '1.2.3.4', prefix: 8 }] }])
  })
})

describe('services of Windows', () => {
  test('are listed and ordered', async () => {
    const runner = new ScriptedRunner(() => ({ stdout: '{"Name":"Spooler","Status":"Running","StartType":"Manual"}' }))
    const services = windowsServiceManager(runner, place)
    expect(await services.list(signal)).toEqual([
      { name: 'Spooler', description: '', state: 'running', isEnabled: false },
    ])
    await services.act('Spooler', 'restart', signal)
    expect(inputOf(runner.ran.at(-1))).toEqual({ name: 'Spooler', act: 'restart' })
    expect(scriptOf(runner.ran.at(-1))).toContain('Restart-Service')
  })

  test('are refused by names that are the same in every language', async () => {
    const said: readonly (readonly [string, string])[] = [
      [
        'NoServiceFoundForGivenName,Microsoft.PowerShell.Commands.GetServiceCommand||Es gibt keinen Dienst',
        'not-found',
      ],
      ['CouldNotStartService,Microsoft.PowerShell.Commands.StartServiceCommand|5|Zugriff verweigert', 'not-permitted'],
      ['CouldNotStartService,Microsoft.PowerShell.Commands.StartServiceCommand|1058|deaktiviert', 'failed'],
      ['', 'failed'],
    ]
    for (const [stderr, code] of said) {
      const services = windowsServiceManager(new ScriptedRunner(() => ({ exitCode: 1, stderr })), place)
      await expect(services.act('x', 'start', signal)).rejects.toMatchObject({ code })
    }
  })
})

test('the system of Windows knows a little', async () => {
  const runner = new ScriptedRunner(() => ({}))
  const system = windowsSystem(runner, place, { hostName: () => 'vm1', wallMs: () => 1.5 })
  expect([system.time?.(), await system.hostName?.(), await system.interfaces?.()]).toEqual([2_000_000n, 'vm1', []])
  await system.shutdown?.('reboot')
  expect(inputOf(runner.ran.at(-1))).toEqual({ mode: 'reboot' })
  await expect(system.shutdown?.('halt')).rejects.toMatchObject({ code: 'not-supported' })
})

function packagesOf(dialect: PackageDialect, answers: Readonly<Record<string, ScriptedAnswer>>) {
  const runner = new ScriptedRunner(({ arguments: [first = ''] }) => answers[first] ?? {})
  return { runner, packages: programmedPackages(runner, dialect) }
}

describe('choco', () => {
  const answers = {
    list: { stdout: '7zip|23.1.0\r\nchocolatey|2.3.0\r\n' },
    outdated: { exitCode: 2, stdout: '7zip|23.1.0|24.8.0|false\r\n' },
    search: { stdout: 'nano|7.2.0\r\n' },
  }

  test('lists, finds and acts', async () => {
    const { runner, packages } = packagesOf(choco('choco.exe', place), answers)
    expect(await packages.list(signal)).toEqual([
      { name: '7zip', version: '23.1.0', isInstalled: true, newerVersion: '24.8.0' },
      { name: 'chocolatey', version: '2.3.0', isInstalled: true },
    ])
    expect(await packages.search('nano editor', signal)).toEqual([
      { name: 'nano', version: '7.2.0', isInstalled: false },
    ])
    await packages.act(['nano'], 'install', run)
    await packages.act(['7Zip'], 'remove', run)
    await packages.act([], 'update', run)
    const quiet = '--yes --no-progress --no-color --limit-output'
    expect(runner.lines.filter((line) => line.includes('--yes'))).toEqual([
      `choco.exe install nano ${quiet}`,
      `choco.exe uninstall 7Zip ${quiet}`,
      `choco.exe upgrade all ${quiet}`,
    ])
    await expect(packages.act(['gone'], 'remove', run)).rejects.toMatchObject({ code: 'not-found' })
    for (const name of ['all', '-y', 'a b', 'a;b']) {
      await expect(packages.act([name], 'remove', run)).rejects.toMatchObject({ name: 'FlotillaError' })
    }
  })
})

describe('winget', () => {
  const listed = [
    '\r   - \r   \\ \rName                     Id                   Version    Available  Source',
    '---------------------------------------------------------------------------',
    '7-Zip 23.01 (x64)        7zip.7zip            23.01      24.08      winget',
    '微软 PowerToys           Microsoft.PowerToys  0.80.0                winget',
    'Something of a user      ARP\\Machine\\X64\\…    1.0',
    '2 upgrades available.',
    '',
  ].join('\r\n')
  const found = [
    'Name       Id            Version  Match      Source',
    '----------------------------------------------------',
    'GNU Nano   GNU.Nano      7.2      Tag: nano  winget',
  ].join('\r\n')

  test('lists, finds and acts, one at a time', async () => {
    const { runner, packages } = packagesOf(winget('winget.exe', place), {
      list: { stdout: listed },
      upgrade: { stdout: listed },
      search: { stdout: found },
    })
    expect(await packages.list(signal)).toEqual([
      { name: '7zip.7zip', version: '23.01', isInstalled: true, newerVersion: '24.08' },
      { name: 'Microsoft.PowerToys', version: '0.80.0', isInstalled: true },
    ])
    expect(await packages.search('nano', signal)).toEqual([{ name: 'GNU.Nano', version: '7.2', isInstalled: false }])
    await packages.act(['GNU.Nano', '7zip.7zip'], 'install', run)
    await packages.act(['GNU.Nano'], 'remove', run)
    const quiet = '--silent --disable-interactivity --accept-source-agreements'
    const agreed = `--accept-package-agreements ${quiet}`
    expect(runner.lines.slice(-3)).toEqual([
      `winget.exe install --id GNU.Nano --exact ${agreed}`,
      `winget.exe install --id 7zip.7zip --exact ${agreed}`,
      `winget.exe uninstall --id GNU.Nano --exact ${quiet}`,
    ])
  })

  test('says what is not there', async () => {
    const none = { exitCode: -1_978_335_212, stdout: 'No package found matching input criteria.\r\n' }
    const { packages } = packagesOf(winget('winget.exe', place), {
      list: none,
      search: none,
      install: none,
      uninstall: { exitCode: 1, stdout: 'Deinstallation fehlgeschlagen' },
    })
    expect(await packages.search('x', signal)).toEqual([])
    await expect(packages.act(['x'], 'install', run)).rejects.toMatchObject({ code: 'not-found' })
    await expect(packages.act(['x'], 'remove', run)).rejects.toMatchObject({ message: 'Deinstallation fehlgeschlagen' })
  })
})
