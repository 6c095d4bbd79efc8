import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const sayCommand: Command = {
  name: 'say',
  summary: 'tell all nodes something, as "the switch restarts at 17:00"; `flotilla notes` shows it',
  usage: 'flotilla say TEXT [--data FOLDER]',
  examples: [["flotilla say 'ann goes down at noon'", 'all nodes keep it for a while; `flotilla notes` shows it']],
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [text = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const note = await client.post('/v1/notes/say', { text }, readNote)
    return { exitCode: exitCodes.ok, lines: ['It is on its way to all nodes.'], document: note }
  },
}

export const notesCommand: Command = {
  name: 'notes',
  summary: 'what was told to all nodes since the node here was started',
  usage: 'flotilla notes [--data FOLDER]',
  examples: [['flotilla notes', 'what people told all nodes']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const notes = await client.get('/v1/notes', (answer) => answer.list('notes').map(readNote))
    return {
      exitCode: exitCodes.ok,
      lines: columns(notes.map(({ at, from, name, text }) => [at, name === '' ? from : name, text])),
      document: { notes },
    }
  },
}

function readNote(note: NodeAnswer) {
  return { at: note.text('at'), from: note.text('from'), name: note.text('name'), text: note.text('text') }
}
