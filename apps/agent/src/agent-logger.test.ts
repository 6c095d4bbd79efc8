import { FlotillaError } from '@flotilla/core/errors'
import { expect, test } from 'vitest'
import { agentLogger } from './agent-logger.ts'
import type { LogLevelName } from './settings/settings.ts'

function logged(isJournal: boolean, isJson: boolean, level: LogLevelName = 'info'): readonly string[] {
  const lines: string[] = []
  const settings = { 'log-level': level, 'log-json': isJson }
  const logger = agentLogger({
    write: (line) => lines.push(line),
    wallNow: () => 0,
    settings: () => settings,
    isJournal,
  })
  logger.debug({}, 'small')
  logger.child({ port: 'own' }).warn({ text: '\u001b[31mred\n' }, 'odd')
  logger.error({ err: new FlotillaError('port-busy', 'it is taken', { hint: 'wait' }) }, 'failed')
  return lines
}

test('lines for people have the time, and nothing in them disturbs a terminal', () => {
  expect(logged(false, false)).toEqual([
    String.raw`1970-01-01T00:00:00.000Z warn odd {"port":"own","text":"\u001b[31mred\n"}`,
    '1970-01-01T00:00:00.000Z error failed {"err":"port-busy: it is taken: wait"}',
  ])
})

test('lines for the journal begin with their level, and leave the time to it', () => {
  expect(logged(true, false)[1]).toBe('<3>error failed {"err":"port-busy: it is taken: wait"}')
})

test('JSON has the names that pino uses', () => {
  const [first = ''] = logged(false, true, 'debug')
  expect(JSON.parse(first)).toEqual({ level: 20, time: '1970-01-01T00:00:00.000Z', msg: 'small' })
})
