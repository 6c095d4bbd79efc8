import type { Canary } from '@flotilla/sim'
import { cores, scripts, suite } from './watchers.ts'

export const reads: readonly Canary[] = [
  {
    name: 'read-without-confirming',
    bug: 'A leader reads without asking a majority whether it still leads.',
    file: 'src/core/reads.ts',
    find: 'leading.reads.confirm(leading.reached(roundOf))',
    replace: 'leading.reads.confirm(leading.round)',
    caughtBy: [suite],
  },
  {
    name: 'read-before-own-term',
    bug: 'A new leader reads before an entry of its term is decided, so that it does not know what was.',
    file: 'src/core/reads.ts',
    find: 'failReads(state, state.decidedInTerm ? leading.reads.add(reads) : reads)',
    replace: 'failReads(state, leading.reads.add(reads))',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'read-before-applied',
    bug: 'A confirmed read is answered before what it has to see is applied.',
    file: 'src/driver/reads.ts',
    find: 'if (index <= applied) this.#serve(batch)',
    replace: 'if (index >= 0 && applied >= 0) this.#serve(batch)',
    caughtBy: [suite],
  },
  {
    name: 'follower-read-before-own-term',
    bug: 'A new leader answers reads of followers before an entry of its term is decided.',
    file: 'src/core/reads.ts',
    find: 'if (leading !== undefined && state.decidedInTerm && leading',
    replace: 'if (leading !== undefined && leading',
    caughtBy: [suite, scripts, cores],
  },
]
