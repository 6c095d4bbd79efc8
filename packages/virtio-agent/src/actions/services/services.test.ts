import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { programRunner } from '../../execution/node-program-runner.ts'
import { ScriptedRunner, type ScriptedAnswer } from '../../testing/scripted-runner.ts'
import type { ServiceAct } from '../ports.ts'
import { openServiceManager } from './node-services.ts'
import { openrcServiceManager } from './openrc.ts'
import { systemdServiceManager } from './systemd.ts'

const signal = new AbortController().signal
const acts: readonly ServiceAct[] = ['start', 'stop', 'restart', 'enable', 'disable']

/** As systemd 252 says it, with one that failed and one that is not there. */
const units = `  apparmor.service                       loaded    active   exited  Load AppArmor profiles
  auditd.service                         not-found inactive dead    auditd.service
  cron.service                           loaded    active   running Regular background program processing daemon
● nginx.service                          loaded    failed   failed  A high performance web server
  getty@tty1.service                     loaded    active   running Getty on tty1
  systemd-fsck@dev-disk-by\\x2duuid.service loaded inactive dead File System Check
  slow.service                           loaded    activating start-pre Slow
`
const unitFiles = `apparmor.service                           enabled         enabled
autovt@.service                            alias           -
cron.service                               enabled         enabled
getty@.service                             enabled         enabled
nginx.service                              disabled        enabled
masked.service                             masked          enabled
ssh.service                                disabled        enabled
dbus.service                               static          -
`

function systemd(answer: ScriptedAnswer = {}): ScriptedRunner {
  return new ScriptedRunner(({ arguments: given }) => {
    if (given[0] === 'list-units') return { stdout: units }
    return given[0] === 'list-unit-files' ? { stdout: unitFiles } : answer
  })
}

describe('services of systemd', () => {
  test('are those that are loaded and those that could be', async () => {
    const runner = systemd()
    const found = await systemdServiceManager(runner).list(signal)
    expect(found.map(({ name, state, isEnabled }) => `${name} ${state} ${isEnabled}`)).toEqual([
      'apparmor stopped true',
      'cron running true',
      'dbus stopped undefined',
      'getty@tty1 running undefined',
      'masked stopped false',
      'nginx failed false',
      'slow changing undefined',
      'ssh stopped false',
      'systemd-fsck@dev-disk-by\\x2duuid stopped undefined',
    ])
    expect(found.find(({ name }) => name === 'cron')?.description).toBe('Regular background program processing daemon')
    expect(runner.ran.every((program) => program.arguments.includes('--no-pager'))).toBe(true)
  })

  test('are started and stopped by fixed words', async () => {
    const runner = systemd()
    for (const act of acts) await systemdServiceManager(runner).act('ssh', act, signal)
    await systemdServiceManager(runner).act('ssh.service', 'start', signal)
    expect(runner.lines.slice(0, 2)).toEqual([
      'systemctl start --no-pager --no-ask-password --quiet -- ssh.service',
      'systemctl stop --no-pager --no-ask-password --quiet -- ssh.service',
    ])
    expect(runner.lines.at(-1)).toBe('systemctl start --no-pager --no-ask-password --quiet -- ssh.service')
  })

  test('are no targets, which turn the machine off', async () => {
    const runner = systemd()
    for (const name of ['poweroff.target', 'x.socket', 'x.mount', 'x.timer']) {
      const done = systemdServiceManager(runner).act(name, 'start', signal)
      await expect(done).rejects.toMatchObject({ code: 'wrong-arguments' })
    }
    expect(runner.ran).toEqual([])
  })

  test('are refused with the reason that systemd gives', async () => {
    const said: readonly (readonly [ScriptedAnswer, string])[] = [
      [{ exitCode: 5, stderr: 'Failed to start x.service: Unit x.service not found.' }, 'not-found'],
      [{ exitCode: 1, stderr: 'Failed to enable unit: Unit file x.service does not exist.' }, 'not-found'],
      [{ exitCode: 4, stderr: 'Failed to stop x.service: Access denied' }, 'not-permitted'],
      [{ exitCode: 1, stderr: 'Job for x.service failed because the control process exited' }, 'failed'],
      [{ exitCode: 1 }, 'failed'],
    ]
    for (const [answer, code] of said) {
      const done = systemdServiceManager(systemd(answer)).act('x', 'start', signal)
      await expect(done).rejects.toMatchObject({ code })
    }
    const broken = new ScriptedRunner(() => ({ exitCode: 1, stderr: 'Failed to connect to bus: Host is down' }))
    await expect(systemdServiceManager(broken).list(signal)).rejects.toMatchObject({
      code: 'failed',
      message: 'Failed to connect to bus: Host is down',
    })
  })

  test('that hang are given up when they are not wanted any more', async () => {
    const abort = new AbortController()
    const done = systemdServiceManager(systemd({ hangs: true })).act('x', 'start', abort.signal)
    await Promise.resolve()
    abort.abort(new Error('not wanted'))
    await expect(done).rejects.toThrow('not wanted')
  })
})

describe('services of OpenRC', () => {
  const states = ` sshd                                                              [  started  ]
 crond                                                              [  stopped  ]
 nginx                                                              [  crashed  ]
 ntpd                                                              [  inactive  ]
`
  const levels = `                 bootmisc | boot
                    crond |      default
                     sshd |      default
                    nginx |
`

  test('are listed with what begins with the machine', async () => {
    const runner = new ScriptedRunner(({ path }) => ({ stdout: path === 'rc-update' ? levels : states }))
    const found = await openrcServiceManager(runner).list(signal)
    expect(found.map(({ name, state, isEnabled }) => `${name} ${state} ${isEnabled}`)).toEqual([
      'sshd running true',
      'crond stopped true',
      'nginx failed false',
      'ntpd running false',
    ])
  })

  test('are ordered from two programs, and refused with a reason', async () => {
    const runner = new ScriptedRunner(() => ({}))
    for (const act of acts) await openrcServiceManager(runner).act('sshd', act, signal)
    expect(runner.lines).toEqual([
      'rc-service --nocolor sshd start',
      'rc-service --nocolor sshd stop',
      'rc-service --nocolor sshd restart',
      'rc-update --nocolor add sshd default',
      'rc-update --nocolor --all delete sshd',
    ])
    const missing = new ScriptedRunner(() => ({ exitCode: 1, stderr: 'rc-service: service `x` does not exist' }))
    await expect(openrcServiceManager(missing).act('x', 'start', signal)).rejects.toMatchObject({ code: 'not-found' })
  })
})

const isBootedByKnown = existsSync('/run/systemd/system') || existsSync('/run/openrc')

test('services of this machine are listed, where systemd or OpenRC runs it', async ({ skip }) => {
  skip(!isBootedByKnown, 'neither systemd nor OpenRC runs this machine')
  await using runner = programRunner({ groups: 'none' })
  const found = (await openServiceManager({ runner })?.list(signal)) ?? []
  expect(found.length).toBeGreaterThan(0)
})
