/** The channel between a host and its virtual machines. */
export type * from './contract.ts'
export { commandNames } from './contract.ts'
