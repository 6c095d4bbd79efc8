import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import { repeat, type Host } from '@flotilla/sim'
import { journaledCatalogue } from '../../src/catalogue/node-journaled-catalogue.ts'
import { gearTable } from '../../src/chunking/gear.ts'
import { identityOf, identitySecret } from '../../src/sealing/identity.ts'
import { openKeyring } from '../../src/sealing/keyring/keyring.ts'
import { rawSecret } from '../../src/sealing/keyring/raw-secret.ts'
import { nodeChunkCipher } from '../../src/sealing/node-chunk-cipher.ts'
import { inlineWorkshop } from '../../src/sealing/node-inline-workshop.ts'
import type { LocalStore } from '../../src/store/contract.ts'
import { createLocalStore } from '../../src/store/local-store.ts'
import { encodeDescriptor } from '../../src/tree/descriptor-codec.ts'
import { packsOnDisk } from '../../src/packs/index.ts'
import { createVault } from '../../src/vault/create-vault.ts'
import { Caretaker } from './caretaker.ts'
import { Customer } from './customer.ts'
import { catalogueLimits, plan, storeLimits, vaultLimits } from './settings.ts'
import type { Town } from './town.ts'

const customers = 3

/** One life of the store: those who use it, and what goes on beside. */
export async function liveAsKeeper(town: Town, host: Host): Promise<AsyncDisposable> {
  town.begin()
  if (town.isRotten) return nobody
  const opened = new AsyncDisposableStack()
  try {
    const store = await openStore(host, opened)
    opened.use(store)
    return live(town, host, store)
  } catch (error) {
    leave(town, host, error)
    return nobody
  }
}

/** What it owns is disposed of with the stack, after it. */
async function openStore(host: Host, opened: AsyncDisposableStack): Promise<LocalStore> {
  const { disk, clock, entropy } = host
  const catalogue = opened.use(await journaledCatalogue({ disk, entropy, limits: catalogueLimits }))
  const crypto = nodeCrypto()
  const identity = identitySecret(new Uint8Array(32).fill(7))
  const keyring = opened.use(
    await openKeyring({
      rows: await catalogue.keys(),
      commit: (changes) => catalogue.commit(changes),
      secret: rawSecret(crypto, new Uint8Array(32).fill(3)),
      isEmpty: (await packsOnDisk(disk)).length === 0,
      identity,
      crypto,
      cipher: nodeChunkCipher(),
      entropy,
      nowMs: () => Math.trunc(clock.wallNow()),
    }),
  )
  const naming = opened.use(identityOf(crypto, identity))
  const workshop = opened.use(inlineWorkshop({ identity, keys: keyring.keys, entropy, crypto }))
  return createLocalStore({
    vault: createVault({ disk, catalogue, workshop, entropy, clock, limits: vaultLimits }),
    keyring,
    workshop,
    blobIdOf: (descriptor) => naming.blobIdOf(encodeDescriptor(descriptor)),
    plan,
    gear: gearTable(crypto, identity),
    clock,
    limits: storeLimits,
  })
}

function live(town: Town, host: Host, store: LocalStore): AsyncDisposable {
  const caretaker = new Caretaker(town, host, store)
  const tasks = Array.from({ length: customers }, (_, index) => {
    const customer = new Customer(town, host, store, `${host.name}/${host.incarnation}/${index}`)
    caretaker.watch(customer)
    return repeat(host, { pauseMs: [1, 60], act: () => customer.act() })
  })
  tasks.push(
    repeat(host, { pauseMs: [20, 300], act: () => caretaker.collect() }),
    repeat(host, { pauseMs: [100, 1_500], act: () => caretaker.check() }),
    repeat(host, { pauseMs: [200, 2_000], act: () => caretaker.rotate() }),
    repeat(host, { pauseMs: [30, 60], act: () => caretaker.finish() }),
  )
  return {
    async [Symbol.asyncDispose]() {
      // Half of the time it is closed in the midst of it all.
      if (host.random.chance(1, 2)) await close(town, host, store)
      await Promise.all(tasks.map((task) => task[Symbol.asyncDispose]()))
      await close(town, host, store)
    },
  }
}

/** A disk that fails while it is closed has nothing to say that was promised. */
async function close(town: Town, host: Host, store: LocalStore): Promise<void> {
  await Promise.resolve(store[Symbol.asyncDispose]()).catch((error: unknown) => leave(town, host, error))
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
