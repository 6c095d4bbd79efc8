import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { readTop, runTop } from '../top/live-top.ts'
import { roomOf, topScreen } from '../top/top-screen.ts'
import { heard, resized, topAtFirst } from '../top/top-state.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

/** Of what is printed once, where no terminal says how large it is. */
const sizeUsual = { columns: 120, rows: 40 }

export const topCommand: Command = {
  name: 'top',
  summary: 'what the machines of the cluster are busy with, live: keys sort, filter and send signals; ? lists them',
  usage: 'flotilla top [--once] [--data FOLDER]',
  examples: [
    ['flotilla top', 'Tab shows nodes, / filters, c m p n u sort, k sends a signal, q ends'],
    ['flotilla top --once', 'printed once, as into a file; so it is without a terminal'],
  ],
  options: [{ name: 'once', placeholder: '', description: 'print it once' }, dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const isLive = process.stdin.isTTY && process.stdout.isTTY && !call.options.has('once') && !call.options.has('json')
    if (isLive) {
      // Asked once before the screen is taken: what is wrong is to stay readable.
      await client.figures()
      const colour = !call.environment['NO_COLOR'] && !call.options.has('no-color')
      await runTop(client, colour)
      return { exitCode: exitCodes.ok, lines: [], document: undefined }
    }
    const news = await readTop(client, topAtFirst)
    const state = heard(resized(topAtFirst, roomOf(sizeUsual)), news)
    const lines = topScreen({ ...state, chosen: -1 }, sizeUsual, false).slice(0, -1)
    const last = lines.findLastIndex((line) => line !== '')
    const { machines, processes, matching, total } = state
    return {
      exitCode: exitCodes.ok,
      lines: lines.slice(0, last + 1),
      document: { machines, processes, matching, total },
    }
  },
}
