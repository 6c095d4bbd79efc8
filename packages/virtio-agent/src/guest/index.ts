/** The guest's end of the wall: for each dialect a core that decides and a driver that connects it to a channel. */
export { serveQga, type QgaGuestOptions } from './qga-driver.ts'
export { serveOwn, type OwnGuest, type OwnGuestOptions } from './own-driver.ts'
export type { RefusedCommand } from './own-events.ts'
