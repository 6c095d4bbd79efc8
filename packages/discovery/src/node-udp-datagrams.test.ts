import { createSocket } from 'node:dgram'
import type { NetworkInterfaceInfo } from 'node:os'
import { ManualClock, RecordingLogger } from '@flotilla/core/testing'
import { nodeClock } from '@flotilla/core/time/node'
import { afterEach, describe, expect, test } from 'vitest'
import type { Address } from './address.ts'
import { udpDatagrams, type UdpDatagrams, type UdpDatagramsOptions } from './node-udp-datagrams.ts'
import { readSubnets, reachableHosts } from './node-subnets.ts'

const opened: UdpDatagrams[] = []
afterEach(async () => {
  for (const datagrams of opened.splice(0)) await datagrams[Symbol.asyncDispose]()
})

/** A port that nobody has now; of several tests at once each gets another. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}

async function open(options: Partial<UdpDatagramsOptions>) {
  const datagrams = await udpDatagrams({ clock: nodeClock(), loopback: true, interfaces: ['lo'], ...options })
  opened.push(datagrams)
  const got: { readonly from: Address; readonly text: string }[] = []
  let wake = (): void => {}
  const changes: number[] = []
  datagrams.start({
    received: (from, bytes) => {
      got.push({ from, text: new TextDecoder().decode(bytes) })
      wake()
    },
    addressesChanged: () => {
      changes.push(changes.length)
      wake()
    },
  })
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { datagrams, got, changes, until }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

function infoOf(address: string, netmask: string, internal = false): NetworkInterfaceInfo {
  const family = address.includes(':') ? 'IPv6' : 'IPv4'
  const common = { address, netmask, mac: '00:00:00:00:00:00', internal, cidr: null }
  return family === 'IPv6' ? { ...common, family, scopeid: 2 } : { ...common, family }
}

describe('several nodes on one machine', () => {
  test('hear what one of them announces, and answer it alone', async () => {
    const beaconPort = await freePort()
    const nodes = await Promise.all([1, 2, 3].map(() => open({ beaconPort })))
    const [first, second, third] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
    first.datagrams.announce(bytesOf('here I am'))
    for (const { got, until } of nodes) await until(() => got.length > 0)
    const { from } = second.got[0] ?? { from: { host: '', port: 0 } }
    expect(from).toEqual(first.datagrams.addresses()[0])

    second.datagrams.send(from, bytesOf('and I here'))
    await first.until(() => first.got.some(({ text }) => text === 'and I here'))
    expect(third.got.some(({ text }) => text === 'and I here')).toBe(false)
  })

  test('each have a port of their own, the same for IPv4 and IPv6', async () => {
    const beaconPort = await freePort()
    const [one, other] = [await open({ beaconPort }), await open({ beaconPort })]
    const ports = [one, other].map(({ datagrams }) => new Set(datagrams.addresses().map(({ port }) => port)))
    expect(ports.map(({ size }) => size)).toEqual([1, 1])
    expect(ports[0]).not.toEqual(ports[1])
    for (const to of one.datagrams.addresses()) {
      other.datagrams.send(to, bytesOf(to.host))
      await one.until(() => one.got.some(({ text }) => text === to.host))
    }
  })

  test('do not get a port that is taken', async () => {
    const beaconPort = await freePort()
    const one = await open({ beaconPort })
    const port = one.datagrams.addresses()[0]?.port ?? 0
    await expect(open({ beaconPort, port })).rejects.toMatchObject({ code: 'in-use' })
    await expect(open({ beaconPort: port })).rejects.toMatchObject({ code: 'in-use' })
  })
})

describe('what the network does', () => {
  test('never throws: no route, no such family, no such interface, a firewall', async () => {
    const logger = new RecordingLogger()
    const { datagrams } = await open({ beaconPort: await freePort(), logger })
    for (const host of ['192.0.2.254', '255.255.255.255', 'fe80::1%nowhere', '2001:db8::1', 'name', '240.0.0.1']) {
      datagrams.send({ host, port: 9 }, bytesOf('x'))
    }
    datagrams.send({ host: '127.0.0.1', port: 0 }, bytesOf('x'))
    // Linux has no route for groups of IPv6 on loopback, and says so only after the call.
    datagrams.send({ host: 'ff12::1%lo', port: 9 }, bytesOf('x'))
    while (!('ENETUNREACH' in datagrams.figures())) await new Promise((resolve) => setImmediate(resolve))
    expect(datagrams.figures()['no-such-family']).toBe(1)
    expect(logger.entries.length).toBeGreaterThan(0)
    expect(logger.entries.length).toBeLessThanOrEqual(8)
  })

  test('one bad interface does not keep the others from hearing', async () => {
    const logger = new RecordingLogger()
    const readInterfaces = () => ({
      broken0: [infoOf('203.0.113.7', '255.255.255.0'), infoOf('fe80::7', 'ffff:ffff:ffff:ffff::')],
      lo: [infoOf('127.0.0.1', '255.0.0.0', true)],
    })
    const beaconPort = await freePort()
    const one = await open({ beaconPort, logger, interfaces: ['broken0', 'lo'], readInterfaces })
    const other = await open({ beaconPort })
    one.datagrams.announce(bytesOf('hello'))
    await other.until(() => other.got.length > 0)
    expect(logger.entries.some(({ fields }) => fields['interface'] === 'broken0')).toBe(true)
  })

  test('too long a datagram is dropped when it comes in and refused when it should go out', async () => {
    const beaconPort = await freePort()
    const one = await open({ beaconPort, settings: { datagramBytesMax: 512 } })
    const other = await open({ beaconPort })
    const [to] = one.datagrams.addresses()
    if (to === undefined) throw new Error('it has no address')
    other.datagrams.send(to, new Uint8Array(513))
    other.datagrams.send(to, bytesOf('short'))
    await one.until(() => one.got.length > 0)
    expect(one.got.map(({ text }) => text)).toEqual(['short'])
    expect(one.datagrams.figures()['too-large']).toBe(1)
    expect(() => one.datagrams.send(to, new Uint8Array(513))).toThrow('a datagram of 513 bytes is not sent')
  })

  test('a flood from one address is cut off at its rate', async () => {
    const beaconPort = await freePort()
    const clock = new ManualClock()
    const one = await open({ beaconPort, clock, settings: { datagramsPerSourcePerSecondMax: 5 } })
    const other = await open({ beaconPort })
    const [to] = one.datagrams.addresses()
    if (to === undefined) throw new Error('it has no address')
    for (let sent = 0; sent < 50; sent++) other.datagrams.send(to, bytesOf('flood'))
    const neighbour = createSocket('udp4')
    await new Promise<void>((resolve) => neighbour.bind(0, '127.0.0.2', resolve))
    neighbour.send(bytesOf('other source'), to.port, to.host)
    await one.until(() => one.got.some(({ text }) => text === 'other source'))
    neighbour.close()
    expect(one.got.filter(({ text }) => text === 'flood')).toHaveLength(10)
    expect(one.datagrams.figures()['over-rate']).toBe(40)
  })
})

describe('interfaces', () => {
  test('that come and go are told of once, and announced on', async () => {
    const clock = new ManualClock()
    const lo = [infoOf('127.0.0.1', '255.0.0.0', true)]
    let interfaces: Record<string, NetworkInterfaceInfo[]> = {}
    const { datagrams, changes } = await open({ beaconPort: await freePort(), clock, readInterfaces: () => interfaces })
    expect(datagrams.addresses()).toEqual([])
    clock.advance(10_000)
    expect(changes).toHaveLength(0)
    interfaces = { lo }
    clock.advance(2_000)
    expect(changes).toHaveLength(1)
    expect(datagrams.addresses()).toMatchObject([{ host: '127.0.0.1' }])
    clock.advance(20_000)
    expect(changes).toHaveLength(1)
    interfaces = {}
    clock.advance(2_000)
    expect(changes).toHaveLength(2)
  })

  test('tell addresses: IPv4 first, link-local ones only where there is no other, loopback when asked', () => {
    const readInterfaces = () => ({
      lo: [infoOf('127.0.0.1', '255.0.0.0', true)],
      eth0: [infoOf('fe80::1', 'ffff::'), infoOf('2001:db8::1', 'ffff::'), infoOf('192.0.2.1', '255.255.255.0')],
      eth1: [infoOf('fe80::2', 'ffff::')],
    })
    const hosts = (loopback: boolean, interfaces?: readonly string[]): readonly string[] =>
      reachableHosts(readSubnets({ readInterfaces, loopback, interfaces, subnetsMax: 64 }))
    expect(hosts(false)).toEqual(['192.0.2.1', '2001:db8::1', 'fe80::2'])
    expect(hosts(true, ['lo', 'eth1'])).toEqual(['127.0.0.1', 'fe80::2'])
    const [, subnet] = readSubnets({ readInterfaces, loopback: true, interfaces: undefined, subnetsMax: 2 })
    expect(subnet).toMatchObject({ interfaceName: 'eth0', address: 'fe80::1', zone: 'eth0' })
    expect(readSubnets({ readInterfaces, loopback: false, interfaces: undefined, subnetsMax: 9 })[2]).toMatchObject({
      broadcast: '192.0.2.255',
    })
  })
})
