import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentCommand, bootAgentGuest } from './lab/agent-guest.ts'
import { guestAvailability } from './lab/availability.ts'
import type { LabGuest } from './lab/lab-guest.ts'
import { LineClient } from './lab/line-client.ts'

const bootMsMax = 300_000
const { isThere, note } = await guestAvailability()

describe.skipIf(!isThere)(`a real port${note}`, () => {
  let guest: LabGuest
  beforeAll(async () => {
    guest = await bootAgentGuest({})
  }, bootMsMax)
  afterAll(() => guest[Symbol.asyncDispose]())

  describe.each(['pipe-handle', 'blocking-read'] as const)('through the %s way', (way) => {
    const echo = `node /opt/echo.js $(/lab/port org.flotilla.agent.0) ${way} 2>/tmp/echo-${way}`
    beforeAll(async () => {
      await guest.run(`${echo} & echo $! >/tmp/echo-pid`)
    })
    afterAll(() => guest.run('kill $(cat /tmp/echo-pid); while [ -d /proc/$(cat /tmp/echo-pid) ]; do sleep 0.1; done'))

    test('carries bytes both ways, for one host after the other', async () => {
      for (let host = 0; host < 3; host++) {
        await using client = await LineClient.open(guest.ownSocket)
        expect(
          await client.insist(
            () => `host ${host}\n`,
            (line) => line === `host ${host}`,
          ),
        ).toBe(`host ${host}`)
      }
    })

    test('carries more than the port takes at once, whole', async () => {
      await using client = await LineClient.open(guest.ownSocket)
      await client.insist(
        () => 'hello\n',
        (line) => line === 'hello',
      )
      const text = Array.from({ length: 40_000 }, (_, index) => `line ${index} of many`).join(' ')
      client.send(`${text}\n`)
      expect((await client.line((line) => line !== 'hello')) === text).toBe(true)
    })

    test('finds its way back after a host that went while bytes were on their way', async () => {
      {
        await using client = await LineClient.open(guest.ownSocket)
        await client.insist(
          () => 'hello\n',
          (line) => line === 'hello',
        )
        client.pause()
        for (let line = 0; line < 100; line++) client.send(`${'x'.repeat(65_536)}\n`)
        // Some of it comes back into a socket that nobody reads.
        await guest.run('sleep 1')
      }
      await using client = await LineClient.open(guest.ownSocket)
      expect(
        await client.insist(
          () => 'after all\n',
          (line) => line.endsWith('after all'),
        ),
      ).toMatch(/^x*after all$/)
      expect(
        await client.insist(
          () => 'once more\n',
          (line) => line === 'once more',
        ),
      ).toBe('once more')
    })

    test('tells that another program has the port, and tries again', async () => {
      const port = '$(/lab/port org.flotilla.agent.0)'
      const second = `: >/tmp/second; node /opt/echo.js ${port} ${way} >/tmp/second 2>&1 & second=$!`
      const twice = 'while [ "$(grep -c ^trouble /tmp/second || true)" -lt 2 ]; do sleep 0.2; done'
      const told = await guest.run(`${second}; ${twice}; kill $second; cat /tmp/second`)
      expect(told).toContain('is open in another program, and a virtio port admits one')
      expect(told.split('\n').filter((line) => line.startsWith('trouble')).length).toBeGreaterThan(1)
    })
  })

  test('an agent with a read pending, which only the host could end, ends at SIGTERM', async () => {
    const options = '--port-way blocking-read --device none --audit-folder /tmp/audit --qga-device'
    const start = `${agentCommand} ${options} $(/lab/port org.qemu.guest_agent.0) 2>/tmp/agent`
    await guest.run(`${start} & echo $! >/tmp/agent-pid`)
    await using client = await LineClient.open(guest.qgaSocket)
    await client.synchronise()
    await guest.run('kill $(cat /tmp/agent-pid); while [ -d /proc/$(cat /tmp/agent-pid) ]; do sleep 0.1; done')
    expect(await guest.run('cat /tmp/agent')).toContain('the agent stops, as it was told')
  })
})
