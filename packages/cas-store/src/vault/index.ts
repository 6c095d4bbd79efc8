/** The chunks of one node: packs, catalogue and workshop together. */
export type { Vault } from './contract.ts'
export { createVault } from './create-vault.ts'
