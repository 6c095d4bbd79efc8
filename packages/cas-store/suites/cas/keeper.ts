import { FlotillaError } from '@flotilla/core/errors'
import { repeat, type Host } from '@flotilla/sim'
import type { LocalStore } from '../../src/store/contract.ts'
import { Caretaker } from './caretaker.ts'
import { Customer } from './customer.ts'
import { catalogueLimits, plan, storeLimits, vaultLimits } from './settings.ts'
import { openStore } from './store-driver.ts'
import type { Town } from './town.ts'

const customers = 3

/** One life of the store: those who use it, and what goes on beside. */
export async function liveAsKeeper(town: Town, host: Host): Promise<AsyncDisposable> {
  town.begin()
  if (town.isRotten) return nobody
  const opened = new AsyncDisposableStack()
  try {
    const store = await openStore(host, opened, { plan, catalogueLimits, vaultLimits, storeLimits })
    opened.use(store)
    return live(town, host, store, opened)
  } catch (error) {
    leave(town, host, error)
    return nobody
  }
}

function live(town: Town, host: Host, store: LocalStore, opened: AsyncDisposable): AsyncDisposable {
  const caretaker = new Caretaker(town, host, store)
  const tasks = Array.from({ length: customers }, (_, index) => {
    const customer = new Customer(town, host, store, `${host.name}/${host.incarnation}/${index}`)
    caretaker.watch(customer)
    return repeat(host, { pauseMs: [1, 100], act: () => customer.act() })
  })
  tasks.push(
    repeat(host, { pauseMs: [20, 500], act: () => caretaker.collect() }),
    repeat(host, { pauseMs: [200, 2_500], act: () => caretaker.check() }),
    repeat(host, { pauseMs: [200, 3_000], act: () => caretaker.rotate() }),
    repeat(host, { pauseMs: [30, 60], act: () => caretaker.finish() }),
  )
  return {
    async [Symbol.asyncDispose]() {
      // Half of the time it is closed in the midst of it all.
      if (host.random.chance(1, 2)) await close(town, host, store)
      await Promise.all(tasks.map((task) => task[Symbol.asyncDispose]()))
      await close(town, host, opened)
    },
  }
}

/** A disk that fails while it is closed has nothing to say that was promised. */
async function close(town: Town, host: Host, opened: AsyncDisposable): Promise<void> {
  await Promise.resolve(opened[Symbol.asyncDispose]()).catch((error: unknown) => leave(town, host, error))
}

/** A store that does not open, or close, says why. */
function leave(town: Town, host: Host, error: unknown): void {
  if (!(error instanceof FlotillaError)) {
    return host.fail('A store opens, or says why not.', error instanceof Error ? error.stack : String(error))
  }
  switch (String(error.code)) {
    case 'corrupt':
    case 'wrong-key':
      if (!town.mayRot) return host.fail('Without rot a store opens.', error.stack)
      town.isRotten = true
      return host.exit(error.message)
    case 'disk-full':
    case 'io-failed':
    case 'poisoned':
      return host.exit(error.message)
    case 'closed':
      return
    default:
      return host.fail('A store opens, or fails for a reason that is known.', error.stack)
  }
}

const nobody: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() }
