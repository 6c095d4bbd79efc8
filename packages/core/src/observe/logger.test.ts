import { describe, expect, test } from 'vitest'
import { RecordingLogger } from '../testing/index.ts'
import { silentLogger, type Logger } from './logger.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const

describe('the silent logger', () => {
  test('says nothing, at no level, and neither do its children', () => {
    const child: Logger = silentLogger.child({ group: 7 })
    for (const level of levels) {
      expect(child[level]({ term: 1 }, 'became leader')).toBeUndefined()
      expect(child.isLevelEnabled(level)).toBe(false)
    }
    expect(Object.isFrozen(silentLogger)).toBe(true)
  })
})

describe('the recording logger', () => {
  test('remembers level, message and fields', () => {
    const logger = new RecordingLogger()
    for (const level of levels) logger[level]({ term: 1 }, 'became leader')
    expect(logger.entries).toEqual(levels.map((level) => ({ level, message: 'became leader', fields: { term: 1 } })))
  })

  test('says only what its level lets through, children too', () => {
    const logger = new RecordingLogger({ level: 'warn' })
    const child = logger.child({ group: 7 })
    for (const level of levels) child[level]({}, level)
    expect(logger.entries.map(({ message }) => message)).toEqual(['warn', 'error'])
    expect(levels.filter((level) => child.isLevelEnabled(level))).toEqual(['warn', 'error'])
  })

  test('a child adds its fields to those of its parent, and a call its own to both', () => {
    const logger = new RecordingLogger()
    logger.child({ node: 'a', group: 1 }).child({ group: 2 }).info({ term: 3 }, 'voted')
    logger.info({}, 'started')
    expect(logger.entries.map(({ fields }) => fields)).toEqual([{ node: 'a', group: 2, term: 3 }, {}])
  })

  test('keeps the newest 10,000', () => {
    const logger = new RecordingLogger()
    for (let index = 0; index < 10_001; index++) logger.info({ index }, 'ticked')
    expect([logger.entries.length, logger.entries[0]?.fields]).toEqual([10_000, { index: 1 }])
  })
})
