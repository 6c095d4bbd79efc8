/**
 * Three kinds of wrong, told apart by type:
 * - `FlotillaError`: something outside our control went wrong (a peer, a disk, a limit, a wrong setting). It has a
 *   stable `code` to branch on, a message that says what happened, and often a `hint` that says what to do next.
 * - `ProtocolError`: bytes from a peer, a disk or a user that break the rules. It costs the sender its connection or
 *   its standing, never the process its life.
 * - `InvariantError`: our own bug, thrown by `assert`, which stays on in production.
 */
export { assert, InvariantError, unreachable } from './assert.ts'
export { FlotillaError, type FlotillaErrorOptions } from './flotilla-error.ts'
export { ProtocolError } from './protocol-error.ts'
