import { describe, expect, test } from 'vitest'
import { meshAddressText, parseMeshAddress } from './mesh-address.ts'
import { chosenNode } from './node-choice.ts'
import { ownAddresses } from './own-addresses.ts'

describe('an address', () => {
  test.each([
    ['192.0.2.1:7440', { host: '192.0.2.1', port: 7_440 }],
    ['[2001:db8::1]:1', { host: '2001:db8::1', port: 1 }],
    ['[fe80::1%eth0]:65535', { host: 'fe80::1%eth0', port: 65_535 }],
    ['ann.lan:7440', { host: 'ann.lan', port: 7_440 }],
  ])('%s is read, and written as it was', (text, address) => {
    expect(parseMeshAddress(text, '--peer')).toEqual(address)
    expect(meshAddressText(address)).toBe(text)
  })

  test.each(['', 'ann.lan', ':1', '[]:1', '::1:7440', 'ann:0', 'ann:65536', 'ann:1x'])('%j is refused', (text) => {
    expect(() => parseMeshAddress(text, '--peer')).toThrow(`--peer is ${JSON.stringify(text)}`)
  })
})

describe('somebody is meant', () => {
  const nodes = [
    { id: 'fl1aaaaaa1', name: 'ann' },
    { id: 'fl1aaaaaa2', name: 'bob' },
    { id: 'fl1bbbbbb3', name: 'bob' },
    { id: 'fl1cccccc4', name: 'fl1bbbbbb3' },
  ]

  test.each([
    ['fl1aaaaaa2', 'fl1aaaaaa2'],
    ['fl1bbbb', 'fl1bbbbbb3'],
    ['ann', 'fl1aaaaaa1'],
    // A name that looks like the id of another one does not stand for it.
    ['fl1bbbbbb3', 'fl1bbbbbb3'],
  ])('by %j', (text, id) => {
    expect(chosenNode(text, nodes).id).toBe(id)
  })

  test.each([
    ['bob', '2 nodes are called "bob"'],
    ['fl1aaaaaa', '2 nodes are called'],
    ['fl1', 'no node here is called'],
    ['', 'no node here is called'],
    ['carol', 'no node here is called "carol"'],
  ])('not by %j', (text, sentence) => {
    expect(() => chosenNode(text, nodes)).toThrow(sentence)
  })
})

describe("a node's own addresses", () => {
  const hosts = ['fe80::1', '2001:db8::1', '192.0.2.1', '127.0.0.1', '169.254.3.4', '::1']

  test('are those that others can use, the best first', () => {
    expect(ownAddresses([{ host: '::', port: 7 }], hosts).map(meshAddressText)).toEqual([
      '192.0.2.1:7',
      '[2001:db8::1]:7',
      '127.0.0.1:7',
      '[::1]:7',
    ])
    expect(ownAddresses([{ host: '0.0.0.0', port: 7 }], hosts).map(meshAddressText)).toEqual([
      '192.0.2.1:7',
      '127.0.0.1:7',
    ])
    expect(ownAddresses([{ host: '198.51.100.9', port: 7 }], hosts).map(meshAddressText)).toEqual(['198.51.100.9:7'])
  })

  test('are loopback where there is no network', () => {
    expect(ownAddresses([{ host: '::', port: 7 }], ['fe80::1']).map(meshAddressText)).toEqual(['127.0.0.1:7'])
    expect(ownAddresses([], hosts)).toEqual([])
  })
})
