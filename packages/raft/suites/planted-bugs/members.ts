import type { Canary } from '@flotilla/sim'
import { cores, scripts, suite } from './watchers.ts'

export const members: readonly Canary[] = [
  {
    name: 'configuration-at-commit',
    bug: 'A configuration is in force once it is decided, not from when it stands in the log.',
    file: 'src/core/core-state.ts',
    find: 'return this.log.configuration\n',
    replace: 'return this.log.configurationAt(this.commit).configuration\n',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'change-before-own-term',
    bug: 'A leader changes members before anything of its own term is decided.',
    file: 'src/core/membership.ts',
    find: ' || !state.decidedInTerm) {',
    replace: ') {',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'no-joint-configuration',
    bug: 'Nobody asks the outgoing voters.',
    file: 'src/core/configuration.ts',
    find: 'return { voters: to.voters, outgoing: from.voters, learners: to.learners }',
    replace: 'return { voters: to.voters, outgoing: from.voters.slice(0, 0), learners: to.learners }',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'leave-joint-before-decided',
    bug: 'A leader leaves a joint configuration before that is decided.',
    file: 'src/core/deciding.ts',
    find: 'log.configurationIndex > state.commit || !state.decidedInTerm) return',
    replace: 'log.configurationIndex < 0 || !state.decidedInTerm) return',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'truncation-keeps-configuration',
    bug: 'A configuration stays in force after its entry was taken back.',
    file: 'src/core/log.ts',
    find: 'this.#lastConfiguration().index >= index) this.#configurations.pop()',
    replace: 'this.#lastConfiguration().index < 0) this.#configurations.pop()',
    caughtBy: [suite, scripts, cores],
  },
]
