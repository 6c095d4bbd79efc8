import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { broadcastAddress, ipFamily, isLinkLocal, isLoopback, isUnicast, isWildcard, zoneOf } from './ip-address.ts'

const nearlyAddresses = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc
    .array(fc.constantFrom('0', '1', '255', '256', '01', 'ff', 'fffff', ':', '::', '.', '1.2.3.4', '-', 'g'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
  fc.string({ maxLength: 50 }),
)

describe('an address', () => {
  test('is what Node takes for one', () => {
    fc.assert(
      fc.property(nearlyAddresses, (text) => {
        if (text.includes('%')) return
        const family = { 0: undefined, 4: 'ipv4', 6: 'ipv6' }[isIP(text)]
        expect([text, ipFamily(text)]).toEqual([text, family])
      }),
      { numRuns: 5_000 },
    )
  })

  test('may have a zone if it is IPv6', () => {
    expect(ipFamily('fe80::1%eth0')).toBe('ipv6')
    expect(ipFamily('192.0.2.1%eth0')).toBeUndefined()
    expect(zoneOf('fe80::1%eth0')).toBe('eth0')
    expect(zoneOf('fe80::1')).toBeUndefined()
  })

  test('is of one machine or not', () => {
    for (const host of ['192.0.2.1', '10.0.0.255', '127.0.0.1', '::1', 'fe80::1', '2001:db8::1', 'fd00::2%eth0']) {
      expect([host, isUnicast(host)]).toEqual([host, true])
    }
    for (const host of [
      '0.0.0.0',
      '0.1.2.3',
      '224.0.0.1',
      '239.255.70.76',
      '255.255.255.255',
      '::',
      'ff02::1',
      'name',
    ]) {
      expect([host, isUnicast(host)]).toEqual([host, false])
    }
  })

  test('is loopback, link-local or a wildcard', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '128.0.0.1', '::2'].filter(isLoopback)).toEqual([
      '127.0.0.1',
      '127.9.9.9',
      '::1',
    ])
    expect(['fe80::1', 'febf::1%a', 'fec0::1', '169.254.0.1'].filter(isLinkLocal)).toEqual(['fe80::1', 'febf::1%a'])
    expect(['0.0.0.0', '::', '0::0', '::1'].filter(isWildcard)).toEqual(['0.0.0.0', '::', '0::0'])
  })
})

test('a subnet has a broadcast address, unless it is a link between two', () => {
  expect(broadcastAddress('192.0.2.77', '255.255.255.0')).toBe('192.0.2.255')
  expect(broadcastAddress('10.1.2.3', '255.240.0.0')).toBe('10.15.255.255')
  expect(broadcastAddress('172.16.5.1', '255.255.255.252')).toBe('172.16.5.3')
  expect(broadcastAddress('172.16.5.1', '255.255.255.254')).toBeUndefined()
  expect(broadcastAddress('172.16.5.1', '255.255.255.255')).toBeUndefined()
  expect(broadcastAddress('172.16.5.1', '0.0.0.0')).toBeUndefined()
  expect(broadcastAddress('fe80::1', 'ffff::')).toBeUndefined()
})
