import { describe, expect, test } from 'vitest'
import { assert, FlotillaError, InvariantError, ProtocolError, unreachable } from './index.ts'

describe('assert', () => {
  test('lets pass whatever is truthy', () => {
    for (const condition of [true, 1, 'a', {}, []]) assert(condition, 'this holds')
  })

  test('stops at whatever is not, with the invariant', () => {
    for (const condition of [false, 0, '', null, undefined, Number.NaN]) {
      expect(() => assert(condition, 'a term never goes back')).toThrow(
        new InvariantError('broken invariant: a term never goes back'),
      )
    }
  })

  test('is not an error that a peer could have caused', () => {
    const broken = new InvariantError('x')
    expect(broken).not.toBeInstanceOf(FlotillaError)
    expect(broken.name).toBe('InvariantError')
  })
})

test('unreachable names what it did not know, whatever it is', () => {
  const sentence = (value: unknown): string => {
    try {
      return unreachable(value as never, 'message')
    } catch (error) {
      return error instanceof InvariantError ? error.message : 'another error'
    }
  }
  const itself: { self?: unknown } = {}
  itself.self = itself
  expect(sentence({ type: 'new' })).toBe('broken invariant: unknown message {"type":"new"}')
  expect(sentence(7n)).toBe('broken invariant: unknown message 7')
  expect(sentence(undefined)).toBe('broken invariant: unknown message undefined')
  expect(sentence(itself)).toBe('broken invariant: unknown message [object Object]')
})

describe('FlotillaError', () => {
  test('has a code, a hint and a cause, and says both in one sentence', () => {
    const cause = new Error('ENOSPC')
    const error = new FlotillaError('disk-full', 'no room for 4096 bytes', { cause, hint: 'free some' })
    expect(error).toMatchObject({ name: 'FlotillaError', code: 'disk-full', hint: 'free some', cause })
    expect(error.message).toBe('no room for 4096 bytes')
    expect(error.sentence).toBe('no room for 4096 bytes: free some')
    expect(error).toBeInstanceOf(Error)
  })

  test('says only what happened where there is no hint, and has no cause that nobody gave', () => {
    const error = new FlotillaError('closed', 'the log is closed')
    expect(error.sentence).toBe('the log is closed')
    expect(error.hint).toBeUndefined()
    expect('cause' in error).toBe(false)
  })

  test('keeps a cause that is undefined', () => {
    expect('cause' in new FlotillaError('closed', 'x', { cause: undefined })).toBe(true)
  })
})

test('a ProtocolError is a FlotillaError with its own name', () => {
  const cause = new RangeError('offset')
  const error = new ProtocolError('malformed', 'a frame is cut short', { cause, hint: 'upgrade the peer' })
  expect(error).toBeInstanceOf(FlotillaError)
  expect(error).toMatchObject({ name: 'ProtocolError', code: 'malformed', cause })
  expect(error.sentence).toBe('a frame is cut short: upgrade the peer')
  expect(String(error)).toBe('ProtocolError: a frame is cut short')
})
