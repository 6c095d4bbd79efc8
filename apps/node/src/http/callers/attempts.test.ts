import { nodeEntropy } from '@flotilla/core/random/node'
import { ManualClock } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../../limits.ts'
import { LoginAttempts, networkOf } from './attempts.ts'

const { loginsPerAddress, loginsPerName, loginPlacesRemembered } = nodeLimitsDefaults
const address = (number: number): string => `192.0.${number >> 8}.${number & 255}`

function attempts() {
  const clock = new ManualClock()
  return { clock, attempts: new LoginAttempts({ entropy: nodeEntropy(), clock }) }
}

describe('attempts to log in', () => {
  test('are few from one network, and come back with time', () => {
    const { clock, attempts: tried } = attempts()
    const waits = Array.from({ length: loginsPerAddress.burst + 1 }, (_, index) => tried.take('192.0.2.1', `u${index}`))
    expect(waits.filter((wait) => wait > 0)).toEqual([loginsPerAddress.everyMs])
    expect(tried.take('192.0.2.2', undefined)).toBe(0)
    clock.advance(loginsPerAddress.everyMs)
    expect(tried.take('192.0.2.1', undefined)).toBe(0)
    expect(tried.take('192.0.2.1', undefined)).toBeGreaterThan(0)
  })

  test('are few for one name, from wherever they come', () => {
    const { attempts: tried } = attempts()
    const waits = Array.from({ length: 3 * loginsPerName.burst }, (_, index) => tried.take(address(index), 'ann'))
    expect(waits.filter((wait) => wait === 0).length).toBe(loginsPerName.burst)
  })

  test('from where its user has logged in are not kept out by those of strangers', () => {
    const { attempts: tried } = attempts()
    tried.succeeded('192.0.2.200', 'ann')
    for (let index = 0; index < 100; index++) tried.take(address(index), 'ann')
    expect(tried.take('192.0.2.201', 'ann')).toBeGreaterThan(0)
    expect(tried.take('192.0.2.200', 'ann')).toBe(0)
    // Such a place is limited as every other.
    for (let index = 0; index < loginsPerAddress.burst; index++) tried.take('192.0.2.200', 'ann')
    expect(tried.take('192.0.2.200', 'ann')).toBeGreaterThan(0)
  })

  test('are not forgotten because many others come', () => {
    const { attempts: tried } = attempts()
    while (tried.take('192.0.2.1', undefined) === 0);
    for (let index = 0; index < 4 * loginPlacesRemembered; index++)
      tried.take(`10.0.${index >> 8}.${index & 255}`, `u${index}`)
    expect(tried.take('192.0.2.1', undefined)).toBeGreaterThan(0)
  })
})

test('whoever has one address of IPv6 has all that begin alike, and one of IPv4 has that alone', () => {
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(networkOf('2001:db8::1')).toBe(networkOf('2001:0DB8:0:0:ffff:1:2:3'))
  expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8::1'))
  expect(networkOf('fe80::1%eth0')).toBe(networkOf('fe80::2'))
  expect(networkOf('::1')).toBe('0:0:0:0')
})
