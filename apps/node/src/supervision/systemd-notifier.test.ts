import { expect, test } from 'vitest'
import { silentLogger } from '@flotilla/core/observe'
import { ManualClock } from '@flotilla/core/testing'
import { SystemdNotifier } from './systemd-notifier.ts'

function told(environment: Readonly<Record<string, string>>): {
  readonly notifier: SystemdNotifier
  readonly clock: ManualClock
  readonly said: string[]
} {
  const clock = new ManualClock()
  const said: string[] = []
  const tell = (assignments: readonly string[]): void => void said.push(...assignments)
  return { notifier: new SystemdNotifier({ environment, clock, logger: silentLogger, tell }), clock, said }
}

test('systemd hears when the node is ready, that it lives, and when it stops', () => {
  const { notifier, clock, said } = told({ NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '180000000' })
  notifier.ready()
  for (let seconds = 0; seconds < 125; seconds++) clock.advance(1_000)
  notifier.stopping()
  for (let seconds = 0; seconds < 125; seconds++) clock.advance(1_000)
  expect(said).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1'])
})

test('nobody is told anything where it was not started by systemd, and no watchdog where none was asked for', () => {
  const alone = told({ WATCHDOG_USEC: '180000000' })
  alone.notifier.ready()
  alone.clock.advance(100_000)
  expect(alone.said).toEqual([])
  const unwatched = told({ NOTIFY_SOCKET: '@there' })
  unwatched.notifier.ready()
  unwatched.clock.advance(100_000)
  expect(unwatched.said).toEqual(['READY=1'])
})
