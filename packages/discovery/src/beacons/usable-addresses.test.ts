import { expect, test } from 'vitest'
import { concreteAddresses, onPort, usableAddresses } from './usable-addresses.ts'

const at = (host: string, port = 7): { host: string; port: number } => ({ host, port })

test('what a member says is taken for what it means here', () => {
  const said = ['192.0.2.1', 'fe80::1', '127.0.0.1', '::1', '255.255.255.255', '::', '2001:db8::1'].map((host) =>
    at(host),
  )
  const hosts = (from: string): string[] => usableAddresses(said, at(from)).map(({ host }) => host)
  expect(hosts('192.0.2.1')).toEqual(['192.0.2.1', '2001:db8::1'])
  expect(hosts('fe80::1%eth1')).toEqual(['192.0.2.1', 'fe80::1%eth1', '2001:db8::1'])
  expect(hosts('127.0.0.1')).toEqual(['192.0.2.1', '127.0.0.1', '::1', '2001:db8::1'])
})

test('a wildcard stands for the hosts of this machine, those first that reach farthest', () => {
  const own = ['fe80::2', '127.0.0.1', '2001:db8::2', '192.0.2.2']
  expect(concreteAddresses([at('0.0.0.0')], own)).toEqual([at('192.0.2.2'), at('127.0.0.1')])
  expect(concreteAddresses([at('::'), at('0.0.0.0')], own)).toEqual([
    at('192.0.2.2'),
    at('2001:db8::2'),
    at('fe80::2'),
    at('127.0.0.1'),
  ])
  expect(concreteAddresses([at('203.0.113.1', 9)], own)).toEqual([at('203.0.113.1', 9)])
})

test('datagrams go to the same hosts', () => {
  expect(onPort([at('192.0.2.1', 1), at('192.0.2.1', 2), at('::1', 1)], 5)).toEqual([at('192.0.2.1', 5), at('::1', 5)])
  expect(onPort([at('192.0.2.1', 1)], 0)).toEqual([])
})
