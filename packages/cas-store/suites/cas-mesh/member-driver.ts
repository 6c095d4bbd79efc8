import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { repeat, type Host } from '@flotilla/sim'
import { cheapCrypto, cheapNode } from '../../src/replication/doubles/node-cheap-keys.ts'
import { createReplicatedStore } from '../../src/replication/index.ts'
import { createTransfer } from '../../src/transfer/index.ts'
import type { BlobDescriptor, BlobId } from '../../src/types.ts'
import { openStore } from '../cas/store-driver.ts'
import { Dweller } from './dweller.ts'
import { lyingVault } from './lying-vault.ts'
import type { LivingNode, MeshTown } from './mesh-town.ts'
import { notingLogger } from './noting-logger.ts'
import {
  catalogueLimits,
  plan,
  replicationLimits,
  replicationSettings,
  storeLimits,
  transferSettings,
  vaultLimits,
} from './settings.ts'
import { TownMembership } from './town-membership.ts'

const freeBytes = 2 ** 40

/** One life of a node: its store, and who uses it. */
export async function liveAsNode(town: MeshTown, host: Host): Promise<AsyncDisposable> {
  if (town.lost.has(host.name)) return nobody
  const opened = new AsyncDisposableStack()
  try {
    const living = await openNode(town, host, opened)
    town.up.set(host.name, living)
    return live(town, host, living, opened)
  } catch (error) {
    leave(town, host, error)
    return nobody
  }
}

async function openNode(town: MeshTown, host: Host, opened: AsyncDisposableStack): Promise<LivingNode> {
  const { clock, entropy, network } = host
  const local = opened.use(await openStore(host, opened, { plan, catalogueLimits, vaultLimits, storeLimits }))
  const { vault, workshop } = local
  const blobIdOf = (descriptor: BlobDescriptor): BlobId => local.blobIdOf(descriptor)
  const settings = transferSettings
  const onLie = (liar: NodeId, why: string): void => noteLie(town, host, liar, why)
  const hooks = { freeBytes: () => freeBytes, onLie }
  const told = town.liar === host.name ? lyingVault(vault, host.random.split('lies')) : vault
  const transfer = opened.use(createTransfer({ network, vault: told, workshop, blobIdOf, clock, hooks, settings }))
  const membership = opened.use(new TownMembership(town, host))
  const { keys, id: self } = cheapNode(host.name)
  const store = opened.use(
    await createReplicatedStore({
      local,
      transfer,
      network,
      clock,
      entropy,
      crypto: cheapCrypto,
      keys,
      self,
      blobIdOf,
      members: () => membership.members(),
      onMembersChanged: (see) => membership.watch(see),
      freeBytes: () => freeBytes,
      settings: replicationSettings,
      limits: replicationLimits,
      logger: notingLogger(host),
    }),
  )
  return { name: host.name, store, local }
}

/** Whoever tells the truth is never taken for a liar, whatever the network does. */
function noteLie(town: MeshTown, host: Host, liar: NodeId, why: string): void {
  if (town.liar === undefined || town.idOf(town.liar) !== liar) {
    return host.fail('Only who lies is called a liar.', `${liar}: ${why}`)
  }
  town.lies++
}

function live(town: MeshTown, host: Host, living: LivingNode, opened: AsyncDisposableStack): AsyncDisposable {
  const dweller = new Dweller(town, host, living)
  const acting = repeat(host, { pauseMs: [40, 450], act: () => dweller.act() })
  const caring = repeat(host, { pauseMs: [400, 2_500], act: () => dweller.care() })
  return {
    async [Symbol.asyncDispose]() {
      if (town.up.get(host.name) === living) town.up.delete(host.name)
      // Half of the time it is closed in the midst of it all.
      if (host.random.chance(1, 2)) await close(town, host, living.store)
      await acting[Symbol.asyncDispose]()
      await caring[Symbol.asyncDispose]()
      await close(town, host, opened)
    },
  }
}

/** A disk that fails while it is closed has nothing to say that was promised. */
async function close(town: MeshTown, host: Host, what: AsyncDisposable): Promise<void> {
  await Promise.resolve(what[Symbol.asyncDispose]()).catch((error: unknown) => leave(town, host, error))
}

/** A store that does not open, or close, says why. */
function leave(town: MeshTown, host: Host, error: unknown): void {
  if (error instanceof SuppressedError) {
    leave(town, host, error.suppressed)
    return leave(town, host, error.error)
  }
  if (!(error instanceof FlotillaError)) {
    return host.fail('A store opens, or says why not.', error instanceof Error ? error.stack : String(error))
  }
  switch (String(error.code)) {
    case 'corrupt':
    case 'wrong-key':
      if (!town.mayRot) return host.fail('Without rot a store opens.', error.stack)
      town.lose(host.name, error.message)
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
