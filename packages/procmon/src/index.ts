/** Processes and system figures of one machine, and of a cluster of them. */
export type * from './contract.ts'
export type * from './figures.ts'
export type * from './readings.ts'
