import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FlotillaError } from '../errors/index.ts'
import { networkDefaults, validateChannelName, validateNetworkLimits, type NetworkLimits } from './limits.ts'

const names = Object.keys(networkDefaults) as (keyof NetworkLimits)[]

test('limits are completed with the defaults', () => {
  expect(validateNetworkLimits()).toEqual(networkDefaults)
  expect(validateNetworkLimits({ noticesQueuedMax: 1 })).toEqual({ ...networkDefaults, noticesQueuedMax: 1 })
})

test('a wrong limit is refused with a sentence that names it and what it may be', () => {
  expect(() => validateNetworkLimits({ streamsOpenMax: 0 })).toThrow(
    'network: streamsOpenMax is 0; it must be a whole number from 1 to 65536',
  )
  for (const name of names) {
    for (const value of [-1, 1.5, Number.NaN, Infinity, 2 ** 40]) {
      expect(() => validateNetworkLimits({ [name]: value })).toThrow(`network: ${name} is ${value}; `)
    }
  }
})

test('what may be held has room for the longest message', () => {
  const settings = { messageBytesMax: 2_000, messageBytesHeldMax: 1_999 }
  expect(() => validateNetworkLimits(settings)).toThrow(
    'network: messageBytesHeldMax is 1999; it must be a whole number from 2000 to 17179869184',
  )
  expect(validateNetworkLimits({ ...settings, messageBytesHeldMax: 2_000 }).messageBytesHeldMax).toBe(2_000)
})

test('a wrong limit has the code wrong-setting', () => {
  expect(() => validateNetworkLimits({ messageBytesMax: 0 })).toThrow(
    expect.objectContaining({ code: 'wrong-setting' }),
  )
})

test('the name of a channel is printable ASCII without spaces, and not too long', () => {
  const limits = validateNetworkLimits({ channelNameLengthMax: 10 })
  const refusal = (name: string): unknown => {
    try {
      validateChannelName(name, limits)
      return undefined
    } catch (error) {
      return (error as FlotillaError).code
    }
  }
  expect(['raft', 'raft/1', '~!', '0123456789'].map(refusal)).toEqual([undefined, undefined, undefined, undefined])
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (name) => {
      const fair = /^[\x21-\x7e]{1,10}$/.test(name) && !name.includes('\n')
      expect(refusal(name)).toBe(fair ? undefined : 'wrong-name')
    }),
    { examples: [[''], [' '], ['a b'], ['a\n'], ['é'], ['\u007f'], ['01234567890']] },
  )
  expect(() => validateChannelName('a b', limits)).toThrow('"a b" is no name for a channel')
})
