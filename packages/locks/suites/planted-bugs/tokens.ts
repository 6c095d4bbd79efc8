import type { Canary } from '@flotilla/sim'
import { clients, scripts, sharpClients, twin } from './watchers.ts'

export const tokens: readonly Canary[] = [
  {
    name: 'token-does-not-rise',
    bug: 'A new holder gets the token of the one before it.',
    file: 'src/machine/granting.ts',
    find: 'const token = joinsReaders ? resource.token : table.drawToken()',
    replace: 'const token = joinsReaders || resource.token > 0 ? resource.token : table.drawToken()',
    caughtBy: [clients, scripts],
  },
  {
    name: 'downgrade-keeps-token',
    bug: 'A writer that becomes a reader keeps its token.',
    file: 'src/machine/granting.ts',
    find: 'hold.token = table.drawToken()\n    resource.token = hold.token',
    replace: 'resource.token = hold.token',
    caughtBy: [scripts, twin],
  },
  {
    name: 'released-before-acquired',
    bug: 'An acquire that comes after its release is granted.',
    file: 'src/machine/sessions.ts',
    find: 'if (known === undefined) {\n    session.memory.come(request)',
    replace: 'if (known === undefined) {',
    caughtBy: [scripts, twin],
  },
  {
    name: 'token-lost-with-an-answer',
    bug: 'Who does not hear the answer to a downgrade never learns the token that it has from then on.',
    file: 'src/session/claim.ts',
    find: 'else await this.#cell.learn(signal)',
    replace: '',
    caughtBy: ['src/create-locks.test.ts'],
  },
  {
    name: 'upgrade-keeps-old-grant',
    bug: 'An upgrade or downgrade leaves the old grant behind.',
    file: 'src/holding/held-lock.ts',
    find: 'await before.release()',
    replace: 'before.leave()',
    caughtBy: [clients, sharpClients],
  },
  {
    name: 'leaked-grant',
    bug: 'What nobody waits for any more stays granted.',
    file: 'src/session/claim.ts',
    find: 'this.session.owe(`request ${this.#request}`, this.#release(because), this.#released)',
    replace: 'void this.#release(because)',
    caughtBy: [clients, sharpClients],
  },
  {
    name: 'snapshot-without-gaps',
    bug: 'A snapshot leaves out which requests are still to come.',
    file: 'src/machine/snapshot.ts',
    find: 'requestGaps: memory.gaps,',
    replace: 'requestGaps: [],',
    caughtBy: ['src/machine/fixtures.test.ts', twin],
  },
]
