import { repeat, type Host } from '@flotilla/sim'
import { isExactObject, memberOf } from '../../src/lines/index.ts'
import { talkToGuest, talkToQga, type OwnHostEffect, type QgaClientEffect } from '../../src/index.ts'
import { nodePacking } from './adapters-driver.ts'
import { keyOf } from './guest-program.ts'
import { hostLimits, qgaClientLimits } from './settings.ts'
import type { Town } from './town.ts'

/** One life of a host that speaks our own dialect. */
export function liveAsOwnHost(town: Town, host: Host): Promise<AsyncDisposable> {
  const { clock, entropy, random, name } = host
  const { ledger } = town
  ledger.forget(name)
  const given: number[] = []
  const onEffect = (effect: OwnHostEffect): void => {
    if (effect.type === 'metrics' && town.world.isMended()) town.served.add('metrics')
    if (effect.type !== 'ended') return
    const { ticket, ending } = effect
    if (ending.type === 'done') {
      const answered = isExactObject(ending.value) ? memberOf(ending.value, 'ticket') : 'nothing'
      ledger.end(ticket, { answered, mayHaveRun: true })
      if (town.world.isMended()) town.served.add('own')
      return
    }
    const isUnrun = ending.type === 'refused' || (ending.type === 'lost' && !ending.mayHaveRun)
    ledger.end(ticket, { mayHaveRun: !isUnrun })
  }
  const channel = town.channel('own', 'host', host)
  const options = { channel, clock, entropy, packing: nodePacking(), limits: hostLimits, onEffect, ...keyOf(town) }
  const talking = talkToGuest(options)
  const order = (): void => {
    const ticket = ledger.give(name)
    given.push(ticket)
    const timeoutMs = town.world.isMended() ? 6_000 : random.pick([1, 500, 5_000])
    const filling = 'y'.repeat(random.pick([0, 10, 9_000]))
    const arguments_ = town.world.isMended() ? { ticket } : { ticket, filling }
    talking.give({ ticket, command: 'ping', arguments: arguments_, actor: name, timeoutMs, isSigned: false })
  }
  return act(town, host, 'own', talking, () => {
    const drawn = random.below(10)
    if (drawn < 6) order()
    else if (drawn < 7 && given.length > 0) talking.cancel(random.pick(given.slice(-5)))
    else if (drawn < 8) talking.collect()
    else if (drawn < 9) talking.configure({ intervalMs: random.pick([1_000, 2_000]), detail: 'brief' })
    else for (let count = 0; count < 12; count++) order()
  })
}

/** One life of a host that speaks QEMU's dialect. */
export function liveAsQgaHost(town: Town, host: Host): Promise<AsyncDisposable> {
  const { clock, random, name } = host
  const { ledger } = town
  ledger.forget(name)
  const onEffect = (effect: QgaClientEffect): void => {
    if (effect.type !== 'ended') return
    const { ticket, ending } = effect
    if (ending.type !== 'returned') {
      return ledger.end(ticket, { mayHaveRun: !(ending.type === 'lost' && !ending.mayHaveRun) })
    }
    const answered = isExactObject(ending.value) ? memberOf(ending.value, 'pid') : 'nothing'
    ledger.end(ticket, { answered, mayHaveRun: true })
    if (town.world.isMended()) town.served.add('qga')
  }
  const channel = town.channel('qga', 'host', host)
  const talking = talkToQga({ channel, clock, limits: qgaClientLimits, onEffect })
  return act(town, host, 'qga', talking, () => {
    const ticket = ledger.give(name)
    const timeoutMs = random.pick([1, 500, 5_000])
    talking.call({ ticket, command: 'guest-exec', arguments: { path: String(ticket) }, timeoutMs })
  })
}

/** Asks for things, and comes and goes, until everything is mended; from then on it only asks. */
function act(
  town: Town,
  host: Host,
  dialect: 'own' | 'qga',
  talking: AsyncDisposable,
  ask: () => void,
): Promise<AsyncDisposable> {
  const { random } = host
  const wall = town.wall(dialect, host)
  wall.connect()
  const acting = repeat(host, {
    pauseMs: [5, 300],
    act: () => {
      if (town.world.isMended()) {
        town.calm()
        if (!wall.isConnected) wall.connect()
        // The last ones are waited for, so nobody asks without an end.
        if (!town.served.has(dialect)) ask()
        return Promise.resolve()
      }
      const drawn = random.below(20)
      if (drawn === 0) wall.disconnect()
      else if (drawn < 3) wall.connect()
      else if (drawn === 3) {
        // Gone and back before the guest can see it.
        wall.disconnect()
        wall.connect()
      } else if (drawn === 4) wall.inject(random.bytes(random.below(300)))
      else ask()
      return Promise.resolve()
    },
  })
  return Promise.resolve({
    async [Symbol.asyncDispose]() {
      await acting[Symbol.asyncDispose]()
      await talking[Symbol.asyncDispose]()
    },
  })
}
