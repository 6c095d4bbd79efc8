/**
 * The dialect of the QEMU guest agent: `QgaDialect` answers requests by asking a `QgaSystem`. Who sends and receives
 * the bytes is in `../guest`, and at the host in `client.ts`.
 *
 * One command is run after the other, in the order in which they came, and nothing overtakes: `guest-sync` tells a
 * client that all that was before it has been answered, so it may not overtake a slow command either. A command that
 * takes too long is answered with an error, and the next one has its turn.
 *
 * Differences from the original, on purpose: `differences.ts`.
 */
export { qgaCommands } from './command-table.ts'
export { QgaDialect, type QgaDialectOptions } from './dialect.ts'
export { qgaDefaults, validateQgaLimits, type QgaLimits } from './limits.ts'
export * from './contract.ts'
