import type { Canary } from '@flotilla/sim'

/** The suite that lives whole nodes on simulated machines. */
const suite = 'raft'
/** Golden scripts of whole groups, in `testdata`. */
const scripts = 'src/testing/script.test.ts'
/** Cores alone in a world of drawn events. */
const cores = 'src/testing/core-world.test.ts'

const elections: readonly Canary[] = [
  {
    name: 'vote-without-persisting',
    bug: 'A voter keeps its vote in memory only, and may vote again after a crash.',
    file: 'src/core/votes.ts',
    find: 'if (state.vote === undefined) state.setHardState(state.term, from)',
    replace: 'state.vote = from',
    caughtBy: [suite],
  },
  {
    name: 'vote-for-a-stale-log',
    bug: 'A voter does not look whether the candidate has what was decided.',
    file: 'src/core/votes.ts',
    find: 'lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex >= log.lastIndex)',
    replace: 'lastTerm >= 0 && lastIndex >= 0 && log.lastTerm >= 0',
    caughtBy: [suite],
  },
  {
    name: 'one-majority-of-two',
    bug: 'While a configuration is joint, the majority of the new voters elects alone.',
    file: 'src/core/elections.ts',
    find: 'jointTally(configuration.voters, configuration.outgoing, standing.answers)',
    replace: 'jointTally(configuration.voters, [], standing.answers)',
    caughtBy: [suite],
  },
  {
    name: 'skip-pre-vote',
    bug: 'Who hears no leader stands at once, and disturbs everybody when it comes back.',
    file: 'src/core/elections.ts',
    find: 'if (state.canStand) return askForElection(state)',
    replace: 'if (state.canStand) return callElection(state, false)',
    caughtBy: [suite],
  },
  {
    name: 'skip-check-quorum',
    bug: 'A leader that hears no majority leads on.',
    file: 'src/core/leader-tick.ts',
    find: 'if (!hearsMajority(state, leading)) return becomeFollower(state, state.term, undefined)',
    replace: 'hearsMajority(state, leading)',
    caughtBy: [scripts],
  },
]

const decisions: readonly Canary[] = [
  {
    name: 'old-term-decided-by-counting',
    bug: 'A leader takes an entry of an earlier term for decided because a majority has it (Raft figure 8).',
    file: 'src/core/deciding.ts',
    find: 'log.termAt(reached) !== state.term) return',
    replace: 'log.termAt(reached) === undefined) return',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'decide-by-one-majority-of-two',
    bug: 'While a configuration is joint, the majority of the new voters decides alone.',
    file: 'src/core/leading.ts',
    find: 'Math.min(majorityValue(this.voters, valueOf), majorityValue(this.outgoing, valueOf))',
    replace: 'majorityValue(this.voters, valueOf)',
    caughtBy: [suite],
  },
  {
    name: 'decided-beyond-what-agrees',
    bug: 'A follower believes what is decided beyond the entries that it knows to agree with the leader’s.',
    file: 'src/core/follower.ts',
    find: 'raiseCommit(state, Math.min(message.commit, Math.max(end, commit)) as Index)',
    replace: 'raiseCommit(state, Math.min(message.commit, log.lastIndex) as Index)',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'apply-before-commit',
    bug: 'What is durable is applied, decided or not.',
    file: 'src/core/application.ts',
    find: 'Math.min(state.commit, writes.durableIndex)',
    replace: 'writes.durableIndex',
    caughtBy: [suite],
  },
  {
    name: 'truncate-what-agrees',
    bug: 'A follower replaces its log from the first entry on, so an append that comes late takes newer ones away.',
    file: 'src/core/follower.ts',
    find: 'if (index > state.commit && log.termAt(index) !== term) break',
    replace: 'if (index > state.commit && term > 0) break',
    caughtBy: [suite, scripts, cores],
  },
]

const disks: readonly Canary[] = [
  {
    name: 'ack-before-sync',
    bug: 'What claims that something is durable leaves before it is.',
    file: 'src/driver/persistence.ts',
    find: 'if (effect.after <= this.#written) send(effect.to, effect.message)',
    replace: 'if (effect.after >= 0) send(effect.to, effect.message)',
    caughtBy: [suite],
  },
  {
    name: 'write-without-sync',
    bug: 'A write counts as durable when the operating system has it.',
    file: 'src/storage/log/write-ahead-log.ts',
    find: 'await file.sync()',
    replace: '',
    caughtBy: [suite],
  },
  {
    name: 'aba-of-writes',
    bug: 'The end of a write is taken for the durability of entries that took the place of those it wrote.',
    file: 'src/core/writes.ts',
    find: 'for (const write of this.#inFlight) write.upTo = Math.min(write.upTo, index) as Index',
    replace: '',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'rot-taken-for-torn',
    bug: 'A log with a hole before records that were durable is opened as if it ended there.',
    file: 'src/storage/log/log-recovery.ts',
    find: 'await checkLost([reader, ...later], end)',
    replace: '',
    caughtBy: [suite, 'src/storage/log/damage.test.ts'],
  },
]

const members: readonly Canary[] = [
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
    name: 'voter-without-catching-up',
    bug: 'The voters change at once, without a joint configuration between.',
    file: 'src/core/membership.ts',
    find: 'appendConfiguration(state, stepTowards(configuration, wanted))',
    replace: 'appendConfiguration(state, wanted)',
    caughtBy: [suite],
  },
]

const reads: readonly Canary[] = [
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
]

const sessions: readonly Canary[] = [
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

export const canaries: readonly Canary[] = [...elections, ...decisions, ...disks, ...members, ...reads, ...sessions]
