import { nodeCrypto } from '@flotilla/core/crypto/node'
import { silentLogger } from '@flotilla/core/observe'
import type { Host } from '@flotilla/sim'
import type { CatalogueLimits } from '../../src/catalogue/limits.ts'
import { journaledCatalogue } from '../../src/catalogue/node-journaled-catalogue.ts'
import type { ChunkPlan } from '../../src/chunking/contract.ts'
import { gearTable } from '../../src/chunking/gear.ts'
import type { LocalStoreLimits } from '../../src/limits.ts'
import { packsOnDisk } from '../../src/packs/index.ts'
import { identityOf, identitySecret } from '../../src/sealing/identity.ts'
import { openKeyRows } from '../../src/sealing/keyring/key-rows.ts'
import { openKeyring } from '../../src/sealing/keyring/keyring.ts'
import { rawSecret } from '../../src/sealing/keyring/raw-secret.ts'
import { nodeChunkCipher } from '../../src/sealing/node-chunk-cipher.ts'
import { inlineWorkshop } from '../../src/sealing/node-inline-workshop.ts'
import type { LocalStore } from '../../src/store/contract.ts'
import { createLocalStore } from '../../src/store/local-store.ts'
import { encodeDescriptor } from '../../src/tree/descriptor-codec.ts'
import { createVault } from '../../src/vault/create-vault.ts'
import type { VaultLimits } from '../../src/vault/limits.ts'

/** What a suite makes small, so that much happens in few steps. */
export interface StoreTuning {
  readonly plan: ChunkPlan
  readonly catalogueLimits: Partial<CatalogueLimits>
  readonly vaultLimits: Partial<VaultLimits>
  readonly storeLimits: Partial<LocalStoreLimits>
}

/**
 * The production parts on a host's ports. Ciphers, compression and the database in memory are those of Node: they give
 * the same answer each time, as their chance comes from the host's entropy. What the store stands on is disposed of
 * with the stack, after it.
 */
export async function openStore(
  host: Host,
  opened: AsyncDisposableStack,
  { plan, catalogueLimits, vaultLimits, storeLimits }: StoreTuning,
): Promise<LocalStore> {
  const { disk, clock, entropy } = host
  const catalogue = opened.use(await journaledCatalogue({ disk, entropy, limits: catalogueLimits }))
  const crypto = nodeCrypto()
  const identity = identitySecret(new Uint8Array(32).fill(7))
  const knowsNoChunks = (await catalogue.counts()).chunks === 0
  const { rows, commit, settle } = await openKeyRows({ disk, catalogue, knowsNoChunks, logger: silentLogger })
  const keyring = opened.use(
    await openKeyring({
      rows,
      commit,
      secret: rawSecret(crypto, new Uint8Array(32).fill(3)),
      isEmpty: (await packsOnDisk(disk)).length === 0,
      identity,
      crypto,
      cipher: nodeChunkCipher(),
      entropy,
      nowMs: () => Math.trunc(clock.wallNow()),
    }),
  )
  await settle()
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
