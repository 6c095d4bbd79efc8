import { ManualClock } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { QgaRefusal } from '../../qga/contract.ts'
import { setUserPassword } from './passwords.ts'
import { powerOf } from './power.ts'
import { MemoryMachineFiles } from './testing/memory-machine-files.ts'
import { scriptedPrograms } from './testing/scripted-programs.ts'
import { ScriptedRunner, type ScriptedAnswer } from './testing/scripted-runner.ts'
import { timeOfDay } from './time-of-day.ts'
import { trimAll } from './trimming.ts'

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const failed: ScriptedAnswer = { exitCode: 1, complaint: 'it will not\nhave it' }

/** A system that has only these programs. */
function systemWith(...programs: readonly string[]): ScriptedRunner {
  return new ScriptedRunner((line) => (programs.some((program) => line.split(' ')[0] === program) ? {} : undefined))
}

describe('power', () => {
  test.each([
    ['powerdown', 'shutdown', 'shutdown -h -P +0 hypervisor initiated shutdown'],
    ['reboot', 'shutdown', 'shutdown -r +0 hypervisor initiated shutdown'],
    ['halt', 'shutdown', 'shutdown -h -H +0 hypervisor initiated shutdown'],
    ['reboot', 'systemctl', 'systemctl --no-block reboot'],
    ['powerdown', 'poweroff', 'poweroff'],
    ['halt', 'halt', 'halt'],
  ] as const)('%s by %s', async (mode, program, line) => {
    const runner = systemWith(program)
    const { shutdown } = await powerOf(new MemoryMachineFiles({}), scriptedPrograms(runner))
    await shutdown?.(mode)
    expect(runner.ran).toEqual([line])
    expect(runner.programs.at(-1)?.leavesOthers).toBe(true)
  })

  test('the next one is tried where one fails, and the last complaint told', async () => {
    const runner = new ScriptedRunner((line) => (line.startsWith('poweroff') ? undefined : failed))
    const { shutdown } = await powerOf(new MemoryMachineFiles({}), scriptedPrograms(runner))
    await expect(shutdown?.('powerdown')).rejects.toThrow('systemctl failed: it will not have it')
    const none = await powerOf(new MemoryMachineFiles({}), scriptedPrograms(systemWith()))
    await expect(none.shutdown?.('reboot')).rejects.toThrow('none of the programs shutdown, systemctl, reboot')
  })

  test('sleep by the kernel, or by systemd where that runs', async () => {
    const power = { '/sys/power/state': 'freeze mem disk\n', '/sys/power/disk': '[platform] shutdown suspend\n' }
    const runner = systemWith('systemctl')
    const files = new MemoryMachineFiles(power)
    const small = await powerOf(files, scriptedPrograms(runner))
    await small.suspend?.('hybrid')
    await files.write('/sys/power/state', power['/sys/power/state'])
    await small.suspend?.('ram')
    expect(files.written).toEqual([
      ['/sys/power/disk', 'suspend'],
      ['/sys/power/state', 'disk'],
      ['/sys/power/state', power['/sys/power/state']],
      ['/sys/power/state', 'mem'],
    ])
    const large = new MemoryMachineFiles({ ...power, '/run/systemd/system/x': '' })
    await (await powerOf(large, scriptedPrograms(runner))).suspend?.('disk')
    expect([large.written, runner.ran]).toEqual([[], ['systemctl hibernate']])
  })

  test('no sleep that the kernel does not know', async () => {
    const programs = scriptedPrograms(systemWith())
    const files = new MemoryMachineFiles({ '/sys/power/state': 'mem\n' })
    await expect((await powerOf(files, programs)).suspend?.('disk')).rejects.toThrow(/offers mem/)
    const hasNoHybrid = new MemoryMachineFiles({ '/sys/power/state': 'mem disk', '/sys/power/disk': '[platform]' })
    await expect((await powerOf(hasNoHybrid, programs)).suspend?.('hybrid')).rejects.toThrow(
      /does not suspend to hybrid/,
    )
    expect(hasNoHybrid.written).toEqual([])
    files.refusals.set('/sys/power/state', new Error('EBUSY'))
    await expect((await powerOf(files, programs)).suspend?.('ram')).rejects.toThrow(QgaRefusal)
    expect(await powerOf(new MemoryMachineFiles({ '/sys/power/state': '\n' }), programs)).not.toHaveProperty('suspend')
  })
})

describe('time', () => {
  const clock = { '/sys/class/rtc/rtc0/name': 'rtc' }
  const set = (runner: ScriptedRunner, nanoseconds: bigint | undefined, files = clock): Promise<void> | undefined =>
    timeOfDay({
      files: new MemoryMachineFiles(files),
      programs: scriptedPrograms(runner),
      offsetSeconds: () => 0,
    }).setTime?.(nanoseconds)

  test('is set to the nanosecond, and the hardware clock after it', async () => {
    const runner = systemWith('date', 'hwclock')
    await set(runner, 1_795_291_529_060_737_001n)
    expect(runner.ran).toEqual(['date -u -s @1795291529.060737001', 'hwclock -w'])
  })

  test('is set to the second where date knows no parts of it', async () => {
    const runner = new ScriptedRunner((line) => (line.includes('.') ? failed : {}))
    await set(runner, 1_500_000_000n)
    expect(runner.ran.slice(1)).toEqual(['date -u -s @1', 'hwclock -w'])
  })

  test('comes from the hardware clock where none is given', async () => {
    const runner = systemWith('hwclock')
    await set(runner, undefined)
    expect(runner.ran).toEqual(['hwclock -s'])
    await expect(set(systemWith(), undefined)).rejects.toThrow(/no program hwclock: install util-linux/)
  })

  test('a machine without a hardware clock needs none; one that refuses is told of', async () => {
    const runner = systemWith('date')
    await set(runner, 1n, {} as typeof clock)
    expect(runner.ran).toHaveLength(1)
    const stubborn = new ScriptedRunner((line) => (line.startsWith('hwclock') ? failed : {}))
    await expect(set(stubborn, 1n)).rejects.toThrow(/the time was set, but the hardware clock was not: it will not/)
  })

  test.each([-1n, 10n ** 21n])('%d is no time', async (nanoseconds) => {
    const runner = systemWith('date')
    await expect(set(runner, nanoseconds)).rejects.toThrow(QgaRefusal)
    expect(runner.ran).toEqual([])
  })

  test('the zone as date says it, or what Node thinks', async () => {
    const zone = (runner: ScriptedRunner): Promise<unknown> | undefined => {
      const programs = scriptedPrograms(runner)
      return timeOfDay({ files: new MemoryMachineFiles({}), programs, offsetSeconds: () => -3_600 }).timezone?.()
    }
    expect(await zone(new ScriptedRunner(() => ({ said: 'CEST +0200\n' })))).toEqual({
      zone: 'CEST',
      offsetSeconds: 7_200,
    })
    expect(await zone(systemWith())).toEqual({ offsetSeconds: -3_600 })
    expect(await zone(new ScriptedRunner(() => ({ said: 'noon' })))).toEqual({ offsetSeconds: -3_600 })
  })
})

describe('passwords', () => {
  test('go to the input of chpasswd, and nowhere else', async () => {
    const runner = systemWith('chpasswd')
    await setUserPassword(scriptedPrograms(runner), 'ann', bytes('s:cret'), false)
    await setUserPassword(scriptedPrograms(runner), 'ann', bytes('$6$x$y'), true)
    expect(runner.ran).toEqual(['chpasswd', 'chpasswd -e'])
    expect(runner.inputs).toEqual(['ann:s:cret\n', 'ann:$6$x$y\n'])
    // It is wiped from our memory.
    expect(runner.programs.map(({ input }) => input?.every((byte) => byte === 0))).toEqual([true, true])
  })

  test.each([
    ['ann', 'one\nroot:two', false],
    ['ann', 'zero\0', false],
    ['ann', 'x:0:0', true],
    ['ann\nroot', 'x', false],
    ['ann:x', 'x', false],
    ['-e', 'x', false],
    ['', 'x', false],
    ['../etc', 'x', false],
  ])('a line for somebody else is not smuggled in: %j %j', async (user, password, isCrypted) => {
    const runner = systemWith('chpasswd')
    await expect(setUserPassword(scriptedPrograms(runner), user, bytes(password), isCrypted)).rejects.toThrow(
      QgaRefusal,
    )
    expect(runner.ran).toEqual([])
  })

  test('what chpasswd says is told', async () => {
    const programs = scriptedPrograms(new ScriptedRunner(() => failed))
    await expect(setUserPassword(programs, 'ann', bytes('x'), false)).rejects.toThrow(/not set: it will not have it/)
  })
})

test('each file system is trimmed once, and one that fails does not keep the others from it', async () => {
  const mount = { type: 'ext4', device: '/dev/x', isReadOnly: false }
  const mounts = [
    { ...mount, path: '/', deviceNumber: '1:0' },
    { ...mount, path: '/again', deviceNumber: '1:0' },
    { ...mount, path: '/iso', deviceNumber: '1:9', isReadOnly: true },
    { ...mount, path: '/old', deviceNumber: '1:1' },
    { ...mount, path: '/sick', deviceNumber: '1:2' },
  ]
  const runner = new ScriptedRunner((line) => {
    if (line.endsWith(' /')) return { said: '/: 4 KiB (4096 bytes) trimmed' }
    return line.endsWith('/old') ? { exitCode: 1, complaint: 'the discard operation is not supported' } : failed
  })
  expect(await trimAll(scriptedPrograms(runner), mounts, 512, 1_000)).toEqual([
    { path: '/', trimmedBytes: 4_096, minimumBytes: 512 },
    { path: '/old', error: 'trim not supported' },
    { path: '/sick', error: 'it will not have it' },
  ])
  expect(runner.ran[0]).toBe('fstrim -v -m 512 /')
  await trimAll(scriptedPrograms(runner), mounts.slice(0, 1), 0, 1_000)
  expect(runner.ran.at(-1)).toBe('fstrim -v /')
})

test('a program that does not end is ended, and that is told; it runs in a language that can be read', async () => {
  const runner = new ScriptedRunner(() => ({ endedBy: 'timeout', signal: 'SIGTERM' }))
  const running = scriptedPrograms(runner).run({ path: 'slow', arguments: [] })
  await expect(running).rejects.toThrow('slow took longer than 1000 ms and was ended')
  expect(runner.programs[0]?.environment).toEqual(['PATH=/bin', 'LC_ALL=C'])
})

test('a program that cannot be ended is not waited for', async () => {
  const clock = new ManualClock()
  const runner = new ScriptedRunner(() => new Promise<ScriptedAnswer>(() => {}))
  const running = scriptedPrograms(runner, clock).run({ path: 'stuck', arguments: [], timeoutMs: 2_000 })
  let isOver = false
  const over = running.catch((error: unknown) => {
    isOver = true
    return error
  })
  await settled()
  clock.advance(2_499)
  await settled()
  expect(isOver).toBe(false)
  clock.advance(1)
  expect(await over).toEqual(new QgaRefusal('stuck is stuck in the kernel, and cannot be ended'))
})
