/** The host's end of the QEMU guest agent's dialect. */
export type { QgaCall, QgaClientEffect, QgaEnding } from './client-core.ts'
export { talkToQga, type QgaClient, type QgaClientOptions } from './client-driver.ts'
export { qgaClientDefaults, type QgaClientLimits } from './limits.ts'
