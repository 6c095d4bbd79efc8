import { sleep } from '@flotilla/core/time'
import type { Host } from '@flotilla/sim'
import type { CommandOutcome, GuestCommands, GuestFigures, QgaSystem, SharedKey } from '../../src/index.ts'
import { serveOwn, serveQga } from '../../src/index.ts'
import { nodeCrypto, nodeLineCipher, nodePacking } from './adapters-driver.ts'
import { guestLimits, qgaLimits, runningMax, sharedKey } from './settings.ts'
import type { Town } from './town.ts'

/** One life of the agent, with commands that take their time, fail, or do not listen when they are given up. */
export function liveAsGuest(town: Town, host: Host): Promise<AsyncDisposable> {
  town.ledger.crash()
  const { clock, entropy } = host
  const own = serveOwn({
    channel: town.channel('own', 'guest', host),
    clock,
    entropy,
    commands: commandsOf(town, host),
    figures: figuresOf(host),
    guest: 'guest',
    agentVersion: '1',
    packing: nodePacking(),
    limits: guestLimits,
    ...keyOf(town),
  })
  const qga = serveQga({
    channel: town.channel('qga', 'guest', host),
    clock,
    system: systemOf(town, host),
    version: '1',
    limits: qgaLimits,
  })
  return Promise.resolve({
    async [Symbol.asyncDispose]() {
      await own[Symbol.asyncDispose]()
      await qga[Symbol.asyncDispose]()
    },
  })
}

export function keyOf(town: Town): { readonly key?: SharedKey } {
  if (!town.isSealed) return {}
  return { key: { bytes: sharedKey, crypto: nodeCrypto(), cipher: nodeLineCipher() } }
}

function commandsOf({ ledger }: Town, { clock, random }: Host): GuestCommands {
  const work = async (ticket: number, signal: AbortSignal): Promise<CommandOutcome> => {
    const doesListen = random.chance(3, 4)
    await sleep(clock, random.pick([0, 1, random.below(300), random.below(4_000)]), doesListen ? { signal } : {})
    return { type: 'done', value: { ticket, filling: 'x'.repeat(random.pick([0, 100, 6_000])) } }
  }
  return {
    supported: () => ['ping'],
    async run(order, run) {
      const ticket = Number(order.arguments['ticket'])
      ledger.execute(ticket)
      ledger.begins(runningMax)
      const pieces = random.pick([0, 0, 3, 40])
      for (let piece = 0; piece < pieces; piece++) {
        run.progress({ type: 'output', stream: 'stdout', bytes: new Uint8Array(random.below(200)) })
      }
      try {
        return await work(ticket, run.signal)
      } catch {
        return { type: 'failed', code: 'cancelled', message: 'it was given up' }
      } finally {
        ledger.ends()
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function figuresOf({ clock, random }: Host): GuestFigures {
  return {
    async collect() {
      await sleep(clock, random.below(200))
      if (random.chance(1, 10)) throw new Error('no figures today')
      const name = 'n'.repeat(random.pick([1, 900]))
      return { system: { wallMs: 1, bootId: name, problems: [] } }
    },
  }
}

/** A command of QEMU's dialect that takes a number and answers with it, once. */
function systemOf({ ledger }: Town, { clock, random }: Host): QgaSystem {
  return {
    time: () => 2n ** 62n,
    programs: {
      async start({ path }) {
        const ticket = Number(path)
        ledger.execute(ticket)
        await sleep(clock, random.pick([0, 1, random.below(300), random.below(4_000)]))
        return ticket
      },
      status: () => undefined,
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
