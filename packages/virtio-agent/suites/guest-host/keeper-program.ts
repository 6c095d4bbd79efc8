import { repeat, type Host } from '@flotilla/sim'
import { isExactObject, memberOf } from '../../src/lines/index.ts'
import { channelPattern, createGuestHost, type GuestHost, type QgaEnding, type VmOutcome } from '../../src/index.ts'
import { nodePacking } from '../guest/adapters-driver.ts'
import { keyOf, type Estate } from './estate.ts'
import type { Machine } from './machine.ts'
import { checkOpenOrders, checkShown } from './seen-by-keeper.ts'
import { keeperLimits } from './settings.ts'

const patterns = ['own:/vms/{id}-{vm}.own', 'qga:/vms/{id}-{vm}.qga'].map(channelPattern)
const witnessSentence = "A machine in good order does what it is asked, whatever the others' trouble."
/** Longer than any pause of the host. */
const witnessMs = 60_000
const cancelsKept = 5

/** One life of the host, and of whoever asks it for things. */
export function liveAsKeeper(estate: Estate, host: Host): Promise<AsyncDisposable> {
  const { clock, entropy, random } = host
  estate.begin(host)
  const keeper = createGuestHost({
    patterns,
    folders: { names: () => Promise.resolve(estate.files()) },
    openChannel: (path) => estate.channel(path, clock),
    clock,
    entropy,
    packing: nodePacking(),
    keyOf: (vm) => keyOf(estate.machines.find(({ name }) => name === vm)?.keys.host ?? 0),
    limits: keeperLimits,
  })
  estate.keeper = keeper
  const asking = new Asking(estate, host, keeper)
  const acting = repeat(host, {
    pauseMs: [5, 300],
    act: () => {
      checkShown(estate, keeper)
      checkOpenOrders(estate, clock.now())
      if (estate.world.isMended()) asking.finish()
      else disturb(estate, host, asking)
      return Promise.resolve()
    },
  })
  const watching = watch(keeper, random.between(1, 20))
  return Promise.resolve({
    async [Symbol.asyncDispose]() {
      await acting[Symbol.asyncDispose]()
      estate.isStopping = true
      await keeper[Symbol.asyncDispose]()
      await watching
    },
  })
}

function disturb(estate: Estate, { random, clock }: Host, asking: Asking): void {
  const machine = random.pick(estate.machines)
  const drawn = random.below(20)
  if (drawn < 10) return asking.order(machine)
  if (drawn < 12) return asking.qga(machine)
  if (drawn < 14) return asking.cancel()
  if (drawn < 15) return asking.processes()
  if (machine.character === 'witness') return asking.order(machine)
  if (drawn < 16) return machine.goes()
  if (drawn < 18) return machine.comes()
  if (drawn < 19) return machine.stumbles()
  machine.wall('own', clock).inject(random.bytes(random.below(300)))
}

/** Leaves, and does not come back. */
async function watch(keeper: GuestHost, rounds: number): Promise<void> {
  let left = rounds
  for await (const _ of keeper.watch()) if (--left === 0) return
}

class Asking {
  readonly #estate: Estate
  readonly #host: Host
  readonly #keeper: GuestHost
  readonly #cancels: AbortController[] = []

  constructor(estate: Estate, host: Host, keeper: GuestHost) {
    this.#estate = estate
    this.#host = host
    this.#keeper = keeper
  }

  order(machine: Machine): void {
    const estate = this.#estate
    const { world, ledger, open, served } = estate
    const { name, random, clock } = this.#host
    const ticket = ledger.give(name)
    const isWitness = machine.character === 'witness'
    const wasThere = this.#keeper.list().find(({ vm }) => vm === machine.name)?.state === 'there'
    const timeoutMs = isWitness ? witnessMs : world.isMended() ? 6_000 : random.pick([1, 500, 5_000])
    const cancel = new AbortController()
    if (!isWitness) this.#cancels.push(cancel)
    this.#cancels.splice(0, this.#cancels.length - cancelsKept)
    const filling = 'y'.repeat(world.isMended() || isWitness ? 0 : random.pick([0, 10, 9_000]))
    const given = { ticket, vm: machine.name, filling }
    open.set(ticket, { machine, givenAt: clock.now(), timeoutMs, isSeenLate: false })
    const ended = ({ ending }: VmOutcome): void => {
      open.delete(ticket)
      const isExpected = isWitness && wasThere && !estate.isStopping
      if (isExpected && ending.type !== 'done')
        world.fail(witnessSentence, `${ticket} is ${ending.type}: ${'message' in ending ? ending.message : ''}`)
      const isUnrun = ending.type === 'refused' || (ending.type === 'lost' && !ending.mayHaveRun)
      if (ending.type !== 'done') return ledger.end(ticket, { mayHaveRun: !isUnrun })
      // Whoever is hostile answers as it likes.
      if (machine.character === 'hostile') return ledger.end(ticket, { mayHaveRun: true })
      ledger.end(ticket, { answered: inside(ending.value, 'ticket'), mayHaveRun: true })
      if (world.isMended()) served.add(`${machine.name} own`)
    }
    const order = { command: 'ping', arguments: given, actor: name, timeoutMs, signal: cancel.signal } as const
    this.#keeper.order(machine.name, order).then(ended, () => {
      open.delete(ticket)
      ledger.end(ticket, { mayHaveRun: false })
    })
  }

  qga(machine: Machine): void {
    const { ledger } = this.#estate
    const { name, random } = this.#host
    const ticket = ledger.give(name)
    const timeoutMs = random.pick([1, 500, 5_000])
    const call = { command: 'guest-exec', arguments: { path: String(ticket) }, timeoutMs }
    const ended = (ending: QgaEnding): void => this.#qgaEnded(machine, ticket, ending)
    this.#keeper.qga(machine.name, call).then(ended, () => ledger.end(ticket, { mayHaveRun: false }))
  }

  #qgaEnded(machine: Machine, ticket: number, ending: QgaEnding): void {
    const { world, ledger, served } = this.#estate
    if (ending.type !== 'returned' || machine.character === 'hostile') {
      return ledger.end(ticket, { mayHaveRun: !(ending.type === 'lost' && !ending.mayHaveRun) })
    }
    ledger.end(ticket, { answered: inside(ending.value, 'pid'), mayHaveRun: true })
    if (world.isMended()) served.add(`${machine.name} qga`)
  }

  cancel(): void {
    this.#cancels.shift()?.abort()
  }

  processes(): void {
    const { signal } = new AbortController()
    void this.#keeper.processes({}, { signal })
  }

  /** Everything is in order, and whoever has not been served yet is asked again. */
  finish(): void {
    const { machines, served } = this.#estate
    this.#estate.calm()
    for (const machine of machines) {
      if (machine.character === 'hostile') continue
      if (machine.isTrusted && !served.has(`${machine.name} own`)) this.order(machine)
      if (machine.hasQga && !served.has(`${machine.name} qga`)) this.qga(machine)
    }
  }
}

function inside(value: unknown, name: string): unknown {
  return isExactObject(value as never) ? memberOf(value as never, name) : 'nothing'
}
