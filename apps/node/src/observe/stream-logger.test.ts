import { expect, test } from 'vitest'
import { FlotillaError } from '@flotilla/core/errors'
import type { LogLevel } from '@flotilla/core/observe'
import { ManualClock } from '@flotilla/core/testing'
import { streamLogger } from './stream-logger.ts'

function logged(json: boolean): {
  readonly lines: string[]
  least: LogLevel
  readonly log: ReturnType<typeof streamLogger>
} {
  const lines: string[] = []
  const scene: { lines: string[]; least: LogLevel } = { lines, least: 'info' }
  const log = streamLogger({
    write: (line) => void lines.push(line),
    clock: new ManualClock(),
    json,
    least: () => scene.least,
    origin: { pid: 7, hostname: 'ann' },
    present: () => ({ requestId: 'r-1' }),
  })
  return Object.assign(scene, { log })
}

test('a line is as pino writes it', () => {
  const { lines, log } = logged(true)
  const cause = new Error('the disk is full')
  const err = new FlotillaError('not-kept', 'it is not kept', { hint: 'make room', cause })
  log.child({ part: 'blobs' }).warn({ err, level: 99, pid: 1, msg: 'mine' }, 'a blob was refused')
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  expect(line).toMatchObject({ level: 40, pid: 7, hostname: 'ann', part: 'blobs', requestId: 'r-1' })
  expect(line).toMatchObject({ msg: 'a blob was refused', time: expect.any(Number) as number })
  expect(line['err']).toMatchObject({ type: 'FlotillaError', message: 'it is not kept', code: 'not-kept' })
  expect(line['err']).toMatchObject({ hint: 'make room', cause: { message: 'the disk is full' } })
  expect((line['err'] as { stack: string }).stack).toContain('stream-logger.test.ts')
})

test('the level is what it is now', () => {
  const scene = logged(true)
  scene.log.debug({}, 'unheard')
  scene.least = 'debug'
  scene.log.debug({}, 'heard')
  scene.least = 'error'
  scene.log.warn({}, 'unheard')
  expect(scene.lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['heard'])
})

test('in words, nothing that is logged disturbs the terminal', () => {
  const { lines, log } = logged(false)
  log.info({ name: '\u001B[2Jann' }, 'some\none')
  for (const sign of ['\u001B', '\n']) expect(lines[0]).not.toContain(sign)
  expect(lines[0]).toContain('info')
})
