import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { talkToGuest, type OwnHostEffect } from '@flotilla/virtio-agent'
import { nodePacking, socketChannel } from '@flotilla/virtio-agent/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentCommand, bootAgentGuest } from './lab/agent-guest.ts'
import { guestAvailability } from './lab/availability.ts'
import type { LabGuest } from './lab/lab-guest.ts'
import { LineClient } from './lab/line-client.ts'

const bootMsMax = 300_000
const { isThere, note } = await guestAvailability()

describe.skipIf(!isThere)(`the agent in a real guest${note}`, () => {
  let guest: LabGuest
  beforeAll(async () => {
    const files = { 'etc/flotilla-agent.conf': 'audit-folder = /tmp/audit\n' }
    guest = await bootAgentGuest({ agent: agentCommand, files })
  }, bootMsMax)
  afterAll(() => guest[Symbol.asyncDispose]())

  const synchronised = async (): Promise<LineClient> => {
    const client = await LineClient.open(guest.qgaSocket)
    await client.synchronise()
    return client
  }
  const agentPid = async (): Promise<string> => (await guest.run('pidof node')).trim()

  test('answers the commands of the QEMU guest agent', async () => {
    await using client = await synchronised()
    expect(await client.ask('guest-ping')).toEqual({ return: {} })
    expect(await client.ask('guest-get-host-name')).toEqual({ return: { 'host-name': 'flotilla-guest' } })
    expect(await client.ask('guest-no-such-thing')).toMatchObject({ error: { class: 'CommandNotFound' } })
  })

  test('is welcomed in its own dialect, does what it is asked, and sends metrics', async () => {
    const seen = Promise.withResolvers<void>()
    const order = {
      ticket: 1,
      command: 'ping',
      arguments: {},
      actor: 'test',
      timeoutMs: 60_000,
      isSigned: false,
    } as const
    const effects: OwnHostEffect[] = []
    const clock = nodeClock()
    await using channel = socketChannel({
      place: { path: guest.ownSocket },
      role: 'connect',
      clock,
      prng: new Prng(1),
    })
    await using host = talkToGuest({
      channel,
      clock,
      entropy: nodeEntropy(),
      packing: nodePacking(),
      onEffect: (effect) => {
        effects.push(effect)
        if (effect.type === 'welcomed') host.give(order)
        const types = new Set(effects.map(({ type }) => type))
        if (types.has('welcomed') && types.has('metrics') && types.has('ended')) seen.resolve()
      },
    })
    await seen.promise
    expect(effects.find(({ type }) => type === 'ended')).toMatchObject({ ticket: 1, ending: { type: 'done' } })
    const metrics = effects.find(({ type }) => type === 'metrics')
    expect(metrics).toMatchObject({ metrics: { system: { problems: expect.anything() as unknown } } })
  })

  test('finds itself well, and diagnoses that its ports are taken, by itself', async () => {
    expect(await guest.run(`${agentCommand} --self-check`)).toContain('the way to use a device: pipe-handle')
    const told = await guest.run(`${agentCommand} --diagnose || echo ended with $?`)
    expect(told).toContain('vport0p1 is org.flotilla.agent.0')
    expect(told).toContain('is open in another program, and a virtio port admits one')
    expect(told).toContain('ended with 1')
  })

  test('serves a host that comes after one that went in the midst of answers', async () => {
    {
      await using client = await synchronised()
      client.pause()
      for (let count = 0; count < 2_000; count++) client.send('{"execute":"guest-info"}\n')
      await guest.run('sleep 1')
    }
    await using client = await synchronised()
    expect(await client.ask('guest-ping')).toEqual({ return: {} })
  })

  test('answers a good command after garbage', async () => {
    await using client = await synchronised()
    const garbage = [
      '{"execute": guest\n',
      '\u0000\u00fe\u00ff\n',
      '}{][\n',
      `${'['.repeat(5_000)}\n`,
      '"never ended\n',
    ]
    for (const text of garbage) {
      client.send(text)
      await client.synchronise()
      expect(await client.ask('guest-ping')).toEqual({ return: {} })
    }
  })

  test('lives through a flood that has no end of line', async () => {
    const before = await agentPid()
    await using client = await synchronised()
    for (let piece = 0; piece < 320; piece++) client.send('x'.repeat(65_536))
    client.send('\n')
    await client.synchronise()
    expect(await client.ask('guest-ping')).toEqual({ return: {} })
    expect(await agentPid()).toBe(before)
  })

  test('goes on after the machine was paused', async () => {
    await using client = await synchronised()
    await guest.control('stop')
    client.send('{"execute":"guest-get-host-name"}\n')
    await guest.control('cont')
    expect(JSON.parse(await client.line())).toEqual({ return: { 'host-name': 'flotilla-guest' } })
  })

  test('takes over changed settings without a new start', async () => {
    const before = await agentPid()
    await guest.run('echo "qga-blocked = guest-get-host-name" >>/etc/flotilla-agent.conf')
    {
      await using client = await synchronised()
      // The port is opened anew with the new settings, and what came before that is thrown away.
      const text = (): string => '{"execute":"guest-get-host-name"}\n'
      const answer = (): Promise<string> => client.insist(text, (line) => /host-name|CommandNotFound/.test(line))
      while (!(await answer()).includes('CommandNotFound')) await client.synchronise()
      await client.synchronise()
      expect(await client.ask('guest-get-host-name')).toMatchObject({ error: { class: 'CommandNotFound' } })
    }
    await guest.run('echo "log-level = loud" >>/etc/flotilla-agent.conf; kill -HUP $(pidof node); sleep 2')
    expect(guest.console()).toContain('/etc/flotilla-agent.conf:3: log-level is \\"loud\\"')
    expect(await agentPid()).toBe(before)
    await guest.run('echo "audit-folder = /tmp/audit" >/etc/flotilla-agent.conf')
  })

  test('ends at SIGTERM while a host is connected, and is started again', async () => {
    const before = await agentPid()
    await using client = await synchronised()
    await guest.run(`kill ${before}; while [ -d /proc/${before} ]; do sleep 0.1; done`)
    await client.synchronise()
    expect(await agentPid()).not.toBe(before)
  })

  test('is back after it was killed in the midst of a command', async () => {
    const before = await agentPid()
    await using client = await synchronised()
    for (let count = 0; count < 100; count++) client.send('{"execute":"guest-info"}\n')
    await guest.run(`kill -9 ${before}`)
    await client.synchronise()
    expect(await agentPid()).not.toBe(before)
  })

  test('is back after the guest was reset', async () => {
    await using client = await synchronised()
    await guest.control('system_reset')
    await client.synchronise()
    expect(await client.ask('guest-ping')).toEqual({ return: {} })
    expect(guest.events).toContain('RESET')
  })
})
