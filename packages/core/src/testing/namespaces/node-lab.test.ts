import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { labAvailable } from './node-availability.ts'
import { makeLab, type Lab } from './node-lab.ts'
import { sweepLeftovers } from './node-leftovers.ts'
import { ipv4Broadcast, type Machine } from './machine.ts'
import { makerOf } from './node-namespace-name.ts'
import { systemTool } from './node-system-tool.ts'

const availability = labAvailable()
const program = fileURLToPath(new URL('../../../programs/node-talker-program.ts', import.meta.url))
const groups = { udp4: '239.77.7.7', udp6: 'ff02::77:7%eth0' }

/** A program on a machine that says what it is told and notes what it hears. */
class Talker {
  readonly heard: string[] = []
  readonly #machine: Machine
  readonly #write: (line: string) => void
  readonly #lines: AsyncIterator<string>

  constructor(lab: Lab, machine: Machine) {
    this.#machine = machine
    const child = lab.run(machine, [process.execPath, program, lab.ipv4(machine)])
    child.stderr.pipe(process.stderr)
    this.#write = (line) => void child.stdin.write(`${line}\n`)
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  static async on(lab: Lab): Promise<readonly Talker[]> {
    const talkers = lab.machines.map((machine) => new Talker(lab, machine))
    await Promise.all(talkers.map((talker) => talker.#until((line) => line === 'ready')))
    return talkers
  }

  /** Resolves with `said` once it has gone out, over TCP once it was answered; or with what failed. */
  say(way: 'udp4' | 'udp6' | 'tcp', address: string): Promise<string> {
    this.#write(`${this.#machine.name} ${way} ${address}`)
    return this.#until((line) => /^(said|failed)/.test(line)).then((line) => line.replace(/ .*/, ''))
  }

  /** Everything heard up to this line, and forgets it. */
  async heardUntil(last: string): Promise<readonly string[]> {
    if (!this.heard.includes(last)) await this.#until((line) => line === `heard ${last}`)
    return this.heard.splice(0)
  }

  async #until(isIt: (line: string) => boolean): Promise<string> {
    for (;;) {
      const next = await this.#lines.next()
      if (next.done === true) throw new Error(`the talker on ${this.#machine.name} ended`)
      const { value } = next
      if (value.startsWith('heard ')) this.heard.push(value.slice('heard '.length))
      if (isIt(value)) return value
    }
  }
}

async function talkersOf(lab: Lab): Promise<readonly [Talker, Talker, Talker]> {
  const [a, b, c] = await Talker.on(lab)
  if (a === undefined || b === undefined || c === undefined) throw new Error('a laboratory of three')
  return [a, b, c]
}

async function ours(): Promise<readonly string[]> {
  const listed = await systemTool('ip', ['netns', 'list'])
  return listed.split('\n').filter((line) => makerOf(line.split(' ')[0] ?? '') === process.pid)
}

describe.skipIf(!availability.available)(`a laboratory of network namespaces${availability.note}`, () => {
  test('has a network: one to one, multicast, broadcast, and TCP, by IPv4 and IPv6', async () => {
    await using lab = await makeLab({ networks: [3] })
    const [a, b, c] = await talkersOf(lab)
    const [, second] = lab.machines
    if (second === undefined) throw new Error('a laboratory of three')
    for (const [way, address] of [
      ['udp4', lab.ipv4(second)],
      ['udp6', lab.ipv6(second)],
      ['tcp', lab.ipv4(second)],
      ['tcp', lab.ipv6(second)],
    ] as const) {
      expect(await a.say(way, address)).toBe('said')
      expect(await b.heardUntil(`m1 by ${way}`)).toEqual([`m1 by ${way}`])
    }
    for (const [way, address] of [
      ['udp4', ipv4Broadcast(0)],
      ['udp4', groups.udp4],
      ['udp6', groups.udp6],
    ] as const) {
      expect(await a.say(way, address)).toBe('said')
      for (const talker of [b, c]) expect(await talker.heardUntil(`m1 by ${way}`)).toEqual([`m1 by ${way}`])
    }
    // As in many real networks: no route leads there.
    expect(await a.say('udp4', '255.255.255.255')).toBe('failed')
  })

  test('joins two networks by a router that hands on neither multicast nor broadcast', async () => {
    await using lab = await makeLab({ networks: [2, 1] })
    const [a, b, c] = await talkersOf(lab)
    const [, , third] = lab.machines
    if (third === undefined) throw new Error('a laboratory of three')
    for (const address of [lab.ipv4(third), lab.ipv6(third)]) {
      expect(await a.say('tcp', address)).toBe('said')
      expect(await c.heardUntil('m1 by tcp')).toEqual(['m1 by tcp'])
    }
    for (const [way, address] of [
      ['udp4', groups.udp4],
      ['udp6', groups.udp6],
      ['udp4', ipv4Broadcast(1)],
    ] as const) {
      await a.say(way, address)
    }
    // What had been on its way would have come before what comes last.
    await b.say('tcp', lab.ipv4(third))
    expect(await c.heardUntil('m2 by tcp')).toEqual(['m2 by tcp'])
    expect(b.heard).toEqual(['m1 by udp4', 'm1 by udp6'])
  })

  test('cuts one way or both, also through a change of address, and heals', async () => {
    await using lab = await makeLab({ networks: [3] })
    const [a, b, c] = await talkersOf(lab)
    const [first, second] = [lab.machine(1), lab.machine(2)]
    await lab.cut(first, second, 'one-way')
    const everyWay = async (): Promise<void> => {
      await a.say('udp4', lab.ipv4(second))
      await a.say('udp6', lab.ipv6(second))
      await a.say('udp4', groups.udp4)
      await a.say('udp6', groups.udp6)
    }
    await everyWay()
    await c.say('udp4', lab.ipv4(second))
    expect(await b.heardUntil('m3 by udp4')).toEqual(['m3 by udp4'])
    expect(c.heard.splice(0)).toEqual(['m1 by udp4', 'm1 by udp6'])
    expect(await b.say('udp4', lab.ipv4(first))).toBe('said')
    expect(await a.heardUntil('m2 by udp4')).toEqual(['m2 by udp4'])
    expect(await b.say('tcp', lab.ipv4(first))).toBe('failed')

    await lab.changeAddress(first, 99)
    expect(lab.ipv4(first)).toBe('10.77.0.99')
    expect(await c.say('tcp', lab.ipv4(first))).toBe('said')
    await everyWay()
    await c.say('udp4', lab.ipv4(second))
    expect(await b.heardUntil('m3 by udp4')).toEqual(['m3 by udp4'])

    await lab.cut(first, second)
    await b.say('udp4', lab.ipv4(first))
    await c.say('udp4', lab.ipv4(first))
    expect(await a.heardUntil('m3 by udp4')).toEqual(['m3 by tcp', 'm3 by udp4'])

    await lab.heal()
    expect(await a.say('tcp', lab.ipv4(second))).toBe('said')
    expect(await b.say('tcp', lab.ipv6(first))).toBe('said')
  })

  test('mends one cut and leaves another, however many are made at once', async () => {
    await using lab = await makeLab({ networks: [3] })
    const [a, b, c] = await talkersOf(lab)
    const [first, second, third] = [lab.machine(1), lab.machine(2), lab.machine(3)]
    await Promise.all([lab.cut(first, third), lab.cut(second, third), lab.mend(third, second)])
    expect(await b.say('tcp', lab.ipv4(third))).toBe('said')
    expect(await c.heardUntil('m2 by tcp')).toEqual(['m2 by tcp'])
    expect(await a.say('tcp', lab.ipv4(third))).toBe('failed')
  })

  test('pulls a cable and plugs it again', async () => {
    await using lab = await makeLab({ networks: [3] })
    const [a, b, c] = await talkersOf(lab)
    const second = lab.machine(2)
    await lab.pullCable(second)
    const carrier = ['netns', 'exec', second.namespace, 'cat', '/sys/class/net/eth0/carrier']
    expect(await systemTool('ip', carrier)).toBe('0\n')
    expect(await a.say('tcp', lab.ipv4(second))).toBe('failed')
    expect(await a.say('tcp', lab.ipv4(lab.machine(3)))).toBe('said')
    await lab.heal()
    expect(await c.say('tcp', lab.ipv4(second))).toBe('said')
    expect(await b.heardUntil('m3 by tcp')).toEqual(['m3 by tcp'])
  })
})

describe.skipIf(!availability.available)(`after a laboratory${availability.note}`, () => {
  test('nothing is left, not even what its programs have started', async () => {
    const lab = await makeLab({ networks: [1] })
    const child = lab.run(lab.machine(1), ['sh', '-c', 'sleep 1000 & echo started; wait'])
    await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
    expect(await ours()).not.toEqual([])
    await lab[Symbol.asyncDispose]()
    expect(await ours()).toEqual([])
    expect(child.killed).toBe(true)
  })

  test('what a killed run has left is swept away, and what a living one has is not', async () => {
    await using _living = await makeLab({ networks: [1] })
    const before = await ours()
    const dead = `flotilla-4194305-0badc0de-m1` // No process has this number: it is above the most that Linux gives.
    await systemTool('ip', ['netns', 'add', dead])
    await sweepLeftovers()
    const listed = await systemTool('ip', ['netns', 'list'])
    expect(listed).not.toContain(dead)
    expect(await ours()).toEqual(before)
  })
})
