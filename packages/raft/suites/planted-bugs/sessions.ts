import type { Canary } from '@flotilla/sim'
import { suite } from './watchers.ts'

export const sessions: readonly Canary[] = [
  {
    name: 'forget-the-result',
    bug: 'A session does not remember that a command was applied.',
    file: 'src/replica/replica.ts',
    find: 'session.keep(number, outcome, this.#sessions.limits)',
    replace: '',
    caughtBy: [suite],
  },
  {
    name: 'snapshot-without-results',
    bug: 'A snapshot leaves out which commands were applied.',
    file: 'src/replica/snapshot-content.ts',
    find: '...session.kept() })',
    replace: 'numbers: [], outcomes: [] })',
    caughtBy: [suite],
  },
  {
    name: 'expire-by-own-clock',
    bug: 'Each replica lets sessions expire by a clock of its own.',
    file: 'src/replica/replica.ts',
    find: 'this.#sessions.expire(this.#context.time)',
    replace: 'this.#sessions.expire((this.#context.time + ((Date.now() * 997) % 10_000)) as LogMillis)',
    caughtBy: [suite],
  },
  {
    name: 'log-clock-goes-back',
    bug: 'The log’s clock is whatever the entry says.',
    file: 'src/replica/replica.ts',
    find: 'if (time > this.#context.time) this.#context.time = time',
    replace: 'this.#context.time = time',
    caughtBy: [suite, 'src/replica/replica.test.ts'],
  },
  {
    name: 'answer-of-another',
    bug: 'A client hears what became of the entry at its place in the log, though another leader put it there.',
    file: 'src/driver/proposals.ts',
    find: 'term === batch.term ? answerOf(outcome)',
    replace: 'term > 0 ? answerOf(outcome)',
    caughtBy: [suite],
  },
]
