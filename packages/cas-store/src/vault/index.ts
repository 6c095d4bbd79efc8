/** The chunks of one node: packs, catalogue and workshop together. */
export type {
  ChunkDamage,
  Collection,
  CollectionReport,
  ScrubOptions,
  ScrubReport,
  Vault,
  VaultSession,
  VaultUsage,
} from './contract.ts'
export { createVault, type VaultOptions } from './create-vault.ts'
export { validateVaultLimits, vaultDefaults, type VaultLimits } from './limits.ts'
