import { sleep } from '@flotilla/core/time'
import type { Host } from '@flotilla/sim'
import { serveOwn, serveQga, type CommandOutcome, type GuestCommands, type QgaSystem } from '../../src/index.ts'
import { nodePacking } from '../guest/adapters-driver.ts'
import { guestLimits, qgaLimits } from '../guest/settings.ts'
import { keyOf, type Estate } from './estate.ts'
import type { Machine } from './machine.ts'

const trustSentence = 'A machine does nothing for a host that has another key.'
const placeSentence = 'An order is done by the machine that it was given to.'

/** One life of an agent that means well. */
export function liveAsGuest(estate: Estate, machine: Machine, host: Host): Promise<AsyncDisposable> {
  const { clock, entropy, random } = host
  const key = keyOf(machine.keys.guest)
  const own = serveOwn({
    channel: machine.wall('own', clock).renew('guest', clock),
    clock,
    entropy,
    commands: commandsOf(estate, machine, host),
    figures: {
      async collect() {
        await sleep(clock, random.below(100))
        return { system: { wallMs: 1, bootId: machine.name, problems: [] } }
      },
    },
    guest: machine.name,
    agentVersion: '1',
    packing: nodePacking(),
    ...(machine.character === 'witness' ? {} : { limits: guestLimits }),
    ...(key === undefined ? {} : { key }),
  })
  const stack = new AsyncDisposableStack()
  stack.use(own)
  // Nothing else stops a witness.
  stack.defer(() => void (estate.isStopping ||= machine.character === 'witness'))
  if (machine.hasQga) {
    const channel = machine.wall('qga', clock).renew('guest', clock)
    stack.use(serveQga({ channel, clock, system: systemOf(estate, machine, host), version: '1', limits: qgaLimits }))
  }
  return Promise.resolve(stack)
}

function commandsOf(estate: Estate, machine: Machine, { clock, random }: Host): GuestCommands {
  const isWitness = machine.character === 'witness'
  const work = async (ticket: number, signal: AbortSignal): Promise<CommandOutcome> => {
    const durationMs = isWitness ? random.below(20) : random.pick([0, 1, random.below(300), random.below(4_000)])
    await sleep(clock, durationMs, { signal })
    const filling = 'x'.repeat(isWitness ? 100 : random.pick([0, 100, 6_000]))
    return { type: 'done', value: { ticket, vm: machine.name, filling } }
  }
  return {
    supported: () => ['ping', 'process.list'],
    async run(order, run) {
      if (order.command === 'process.list') return { type: 'done', value: { processes: [], matching: 0, total: 0 } }
      const ticket = Number(order.arguments['ticket'])
      if (!machine.isTrusted) estate.world.fail(trustSentence, machine.name)
      if (order.arguments['vm'] !== machine.name) estate.world.fail(placeSentence, `${ticket} in ${machine.name}`)
      estate.ledger.execute(ticket)
      run.progress({ type: 'output', stream: 'stdout', bytes: new Uint8Array(random.below(200)) })
      try {
        return await work(ticket, run.signal)
      } catch {
        return { type: 'failed', code: 'cancelled', message: 'it was given up' }
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A command of QEMU's dialect that takes a number and answers with it, once. */
function systemOf({ ledger }: Estate, _machine: Machine, { clock, random }: Host): QgaSystem {
  return {
    time: () => 2n ** 62n,
    programs: {
      async start({ path }) {
        const ticket = Number(path)
        ledger.execute(ticket)
        await sleep(clock, random.pick([0, 1, random.below(300)]))
        return ticket
      },
      status: () => undefined,
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
