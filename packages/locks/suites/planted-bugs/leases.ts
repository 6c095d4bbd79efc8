import type { Canary } from '@flotilla/sim'
import { clients, scripts, sharpClients, twin } from './watchers.ts'

export const leases: readonly Canary[] = [
  {
    name: 'expire-too-early',
    bug: 'A session expires after half of its time, while its client still holds.',
    file: 'src/machine/sessions.ts',
    find: 'table.addSession({ id, key, name, ttlMs, lockDelayMs }, table.now + ttlMs,',
    replace: 'table.addSession({ id, key, name, ttlMs: Math.ceil(ttlMs / 2), lockDelayMs }, table.now + ttlMs,',
    caughtBy: [clients, sharpClients],
  },
  {
    name: 'renewal-counts-before-answer',
    bug: 'A client counts a renewal before it is answered.',
    file: 'src/session/upkeep.ts',
    find: 'const sentAt = clock.now()',
    replace: 'const sentAt = clock.now(); session.renewed(sentAt)',
    caughtBy: [clients, sharpClients],
  },
  {
    name: 'lease-counted-from-answer',
    bug: 'A lease counts from when its renewal was answered, not from when it was sent.',
    file: 'src/session/upkeep.ts',
    find: 'session.renewed(sentAt)',
    replace: 'session.renewed(clock.now())',
    caughtBy: [sharpClients, clients],
  },
  {
    name: 'timer-instead-of-clock',
    bug: 'A client that has slept believes its timer, and not the clock.',
    file: 'src/session/claim.ts',
    find: "return this.#state === 'held' && this.session.isAlive",
    replace: "return this.#state === 'held'",
    caughtBy: [clients, sharpClients],
  },
  {
    name: 'renewal-does-not-renew',
    bug: 'A renewal is answered, and does not renew.',
    file: 'src/machine/lock-machine.ts',
    find: "case 'renew':\n        table.setExpiry(session)",
    replace: "case 'renew':",
    caughtBy: [clients, scripts],
  },
  {
    name: 'grant-before-expiring',
    bug: 'A command is granted something before what is due at its time expires.',
    file: 'src/machine/lock-machine.ts',
    find: 'this.tick(context)\n    try {',
    replace: 'this.#table.passTo(context.time)\n    try {',
    caughtBy: [scripts, twin],
  },
  {
    name: 'expired-session-granted',
    bug: 'Of the sessions that are due one expires at a time, and what it leaves is granted to the next that is due.',
    file: 'src/machine/sessions.ts',
    find: 'due = table.expiries.popDue(now)) {',
    replace: 'due = undefined) {',
    caughtBy: [scripts, twin],
  },
  {
    name: 'no-lock-delay',
    bug: 'What an expired session held is granted without the lock delay.',
    file: 'src/machine/sessions.ts',
    find: "lockDelayMs === 0 || hold.mode !== 'exclusive'",
    replace: "lockDelayMs >= 0 || hold.mode !== 'exclusive'",
    caughtBy: [scripts, twin],
  },
]
