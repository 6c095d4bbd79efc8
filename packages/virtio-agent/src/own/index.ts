/**
 * Our own dialect: lines of JSON, between a guest's agent and its host. Both halves are here beside each other; the
 * guest's core and driver are in `../guest`, the host's driver in `../host`.
 *
 * A session: whenever a host comes, it says `hello` with a nonce that it draws for this connection, again until it is
 * answered. The guest says `welcome` with that nonce and with the session's id, which it draws. Every other line bears
 * the session's id. So whatever was left of an older connection is skipped: by the host until its own nonce comes back,
 * by the guest because its id is another.
 *
 * Commands have ids that rise by one. The guest takes each id once in a session: one that comes again is ignored,
 * whatever became of it, for its answer has been sent or will be. One that comes late is taken, if it is not far behind
 * the newest. An answer goes to the session that asked or to nobody. So no command is done twice or answered twice. The
 * host tells for each command its answer, or that it was lost, and whether it may have been done.
 *
 * Commands run beside each other, up to a limit; those of a host that is gone run on to their end, but those that
 * waited for their turn are never begun.
 *
 * Beats: the host sends one now and then, the guest answers it. Who hears nothing for long takes the other for gone.
 *
 * With a shared key every line after the welcome is sealed: see `protection.ts`. A guest that has one speaks with
 * nobody who has not. Commands that are unsafe need a signature besides: see `signing.ts`.
 */
export { OwnHostCore } from './host-core.ts'
export type { OwnHostEffect } from './host-events.ts'
export type { HostOrder, OrderEnding } from './host-orders.ts'
export { readHostLine } from './host-lines.ts'
export type { LineCipher } from './line-cipher.ts'
export * from './limits.ts'
export * from './messages.ts'
export { OrderWindow } from './order-window.ts'
export type { Packing } from './packing.ts'
export {
  checkSharedKey,
  isSealedLine,
  sessionSeals,
  sharedKeyBytes,
  type SessionSeals,
  type SharedKey,
} from './protection.ts'
export { judgeSignature, type OrderSigner, type OrderTrust, type SignatureVerdict } from './signing.ts'
export { talkToGuest, type OwnHost, type OwnHostOptions } from './host-driver.ts'
