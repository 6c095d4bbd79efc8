import { expect, test } from 'vitest'
import { fourFromHex, parseSixAddresses, sixFromHex } from './addresses.ts'
import { parseNetworkCounters } from './network-counters.ts'
import { parseFourRoutes, parseSixRoutes } from './routes.ts'
import { parseDiskStatistics, parseLoad, parseProcessorTimes } from './statistics.ts'
import { parseVariables } from './variables.ts'

test('os-release: quotes of both kinds, backslashes, comments', () => {
  const text =
    '# about\nID=debian\nNAME="Debian \\"GNU\\" \\$x"\nVARIANT=\'a "b" \\c\'\nEMPTY=\n  SPACED=x \nnot a line\n'
  expect(Object.fromEntries(parseVariables(text))).toEqual({
    ID: 'debian',
    NAME: 'Debian "GNU" $x',
    VARIANT: 'a "b" \\c',
    EMPTY: '',
    SPACED: 'x',
  })
})

test.each([
  ['00000000000000000000000000000001', '::1'],
  ['fd000000000000000000000000000002', 'fd00::2'],
  ['00000000000000000000000000000000', '::'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['fe8000000000000000fc00fffe000001', 'fe80::fc:ff:fe00:1'],
])('the address %s is %s', (hex, address) => {
  expect(sixFromHex(hex)).toBe(address)
})

test('an IPv4 address is the bytes of memory, whichever end comes first', () => {
  expect(fourFromHex('010200C0', false)).toBe('192.0.2.1')
  expect(fourFromHex('C0000201', true)).toBe('192.0.2.1')
  expect(fourFromHex('C000020', true)).toBeUndefined()
})

test('addresses of IPv6 have their prefix in hexadecimal', () => {
  const line = 'fd000000000000000000000000000002 04 40 00 82     eth0\nshort 1\n'
  expect(parseSixAddresses(line)).toEqual([{ interface: 'eth0', address: 'fd00::2', prefix: 64 }])
})

test('routes of both kinds; the head and what is cut off are none', () => {
  const four = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t000200C0\t0000`
  expect(parseFourRoutes(four, false)).toEqual([
    { interface: 'eth0', destination: '0.0.0.0', metric: 100, gateway: '192.0.2.1', mask: '0.0.0.0', version: 4 },
  ])
  const zeros = '0'.repeat(32)
  const gateway = 'fd000000000000000000000000000001'
  const six = `${zeros} 00 ${zeros} 00 ${gateway} 00000400 00000003 00000000 00000003     eth0\n`
  expect(parseSixRoutes(six)).toEqual([
    {
      interface: 'eth0',
      destination: '::',
      prefixLength: 0,
      source: '::',
      gateway: 'fd00::1',
      metric: 1_024,
      version: 6,
    },
  ])
})

test('counters of interfaces, also where the name touches them and has colons', () => {
  const head = 'Inter-|   Receive        |  Transmit\n face |bytes packets errs|bytes packets errs\n'
  const touching = '    lo:10 2 0 0 0 0 0 0 10 2 0 0 0 0 0 0\n'
  const text = `${head}${touching}eth0:1:   1       2    3    4    5 6 7 8   9   10    11    12    13  14  15    16\n`
  const counters = parseNetworkCounters(text)
  expect([...counters.keys()]).toEqual(['lo', 'eth0:1'])
  expect(counters.get('eth0:1')).toEqual({
    receivedBytes: 1,
    receivedPackets: 2,
    receiveErrors: 3,
    receiveDrops: 4,
    sentBytes: 9,
    sentPackets: 10,
    sendErrors: 11,
    sendDrops: 12,
  })
})

test('disks have as many counters as the kernel knows', () => {
  const old = '   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11'
  const young = ' 254       0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17'
  const [one, other] = parseDiskStatistics(`${old}\n${young}\n   8 0 sdb 1 2 3 4\n`)
  expect(one).toMatchObject({ name: 'sda1', major: 8, minor: 1, counters: { 'read-ios': 1, 'weight-ticks': 11 } })
  expect(Object.keys(one?.counters ?? {})).toHaveLength(11)
  expect(other?.counters).toMatchObject({ 'write-sectors': 7, 'discard-ios': 12, 'flush-ios': 16, 'flush-ticks': 17 })
})

test('processor times are milliseconds; the sum of all is none of them', () => {
  const text = 'cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu12 1 2 3 4\nintr 5\n'
  expect(parseProcessorTimes(text)).toEqual([
    {
      cpu: 0,
      times: {
        user: 10,
        nice: 20,
        system: 30,
        idle: 40,
        iowait: 50,
        irq: 60,
        softirq: 70,
        steal: 80,
        guest: 90,
        guestnice: 100,
      },
    },
    { cpu: 12, times: { user: 10, nice: 20, system: 30, idle: 40 } },
  ])
})

test('load', () => {
  expect(parseLoad('0.50 1.25 11.40 3/421 4711\n')).toEqual([0.5, 1.25, 11.4])
  expect(parseLoad('many')).toBeUndefined()
})
