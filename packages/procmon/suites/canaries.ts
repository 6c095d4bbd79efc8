import type { Canary } from '@flotilla/sim'

/** Who looks for planted bugs: suites of the simulator by name, tests by path. */
const eyes: string = 'eyes'
const cluster: string = 'src/cluster/cluster-monitor.test.ts'
const board: string = 'src/cluster/summary-board.test.ts'
const looks: string = 'src/sampling/process-looks.test.ts'
const monitor: string = 'src/monitor.test.ts'

/** One line each, and each is seen by somebody: `pnpm canaries procmon`. */
export const canaries: readonly Canary[] = [
  {
    name: 'gap-believed',
    bug: 'A summary is put together though one in between has not come.',
    file: 'src/cluster/summary-board.ts',
    find: '!isSameLife || message.seq !== known.seq + 1',
    replace: '!isSameLife',
    caughtBy: [eyes, board],
  },
  {
    name: 'old-summary-believed',
    bug: 'A summary that comes late takes the place of a newer one.',
    file: 'src/cluster/summary-board.ts',
    find: 'message.seq <= known.seq',
    replace: 'message.seq < 0',
    caughtBy: [eyes, board],
  },
  {
    name: 'gone-figure-kept',
    bug: 'What is not known any more is not told, and goes on to be shown.',
    file: 'src/cluster/summary-feed.ts',
    find: 'gone.push(name)',
    replace: 'continue',
    caughtBy: [eyes, board],
  },
  {
    name: 'never-asked',
    bug: 'Whoever has missed a summary does not ask for the whole.',
    file: 'src/cluster/cluster-monitor.ts',
    find: "taken === 'gap' && !this.#asked.has(from)",
    replace: 'false as boolean',
    caughtBy: [eyes],
  },
  {
    name: 'anybody-obeyed',
    bug: 'Whoever asks may end processes.',
    file: 'src/cluster/answering.ts',
    find: 'if (!permits(from, order))',
    replace: 'if (!permits(from, order) && from === undefined)',
    caughtBy: [eyes, cluster],
  },
  {
    name: 'done-before-written',
    bug: 'What is done to a process is not written down before.',
    file: 'src/cluster/answering.ts',
    find: "    await audit({ from, order, outcome: 'asked' })\n",
    replace: '',
    caughtBy: [eyes, cluster],
  },
  {
    name: 'anybody-shown',
    bug: 'Whoever is not admitted sees the processes all the same.',
    file: 'src/cluster/cluster-monitor.ts',
    find: 'if (!this.#admits(from)) throw',
    replace: 'if (!this.#admits(from) && payload.length === 0) throw',
    caughtBy: [cluster],
  },
  {
    name: 'questions-without-end',
    bug: 'Any number of questions is worked on at a time.',
    file: 'src/cluster/answering.ts',
    find: 'if (this.#underWay >= questionsMax)',
    replace: 'if (this.#underWay < 0)',
    caughtBy: [cluster],
  },
  {
    name: 'old-look-for-certain-ones',
    bug: 'Whoever asks for certain processes is told of an earlier look.',
    file: 'src/monitor.ts',
    find: 'isAnew: whole.pids !== undefined',
    replace: 'isAnew: false',
    caughtBy: [monitor, looks],
  },
]
