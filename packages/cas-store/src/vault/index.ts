/** The chunks of one node: packs, catalogue and workshop together. */
export { createVault, type VaultOptions } from './create-vault.ts'
export { validateVaultLimits, vaultDefaults, type VaultLimits } from './limits.ts'
