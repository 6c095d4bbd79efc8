import { exitCodes } from '../../exit-codes.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import type { Line } from '../../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from '../command.ts'
import { problemLines, readReload, type Reload } from './config-answer.ts'

export const configReloadCommand: Command = {
  name: 'config reload',
  summary: 'have the running node read its settings again; where anything is wrong, nothing changes',
  usage: 'flotilla config reload [--data FOLDER]',
  examples: [['flotilla config reload', 'after the file was changed; SIGHUP does the same']],
  exitCodes: [
    [exitCodes.ok, 'they were read'],
    [exitCodes.failed, 'something is wrong with them, and none has changed'],
  ],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const reload = await client.post('/v1/settings/reload', {}, readReload)
    return {
      exitCode: reload.problems.length > 0 ? exitCodes.failed : exitCodes.ok,
      lines: reloadLines(reload),
      document: reload,
    }
  },
}

function reloadLines({ problems, changed, waiting }: Reload): readonly Line[] {
  if (problems.length > 0) return ['This is wrong, and none has changed:', ...problemLines(problems)]
  return [
    changed.length === 0 ? 'Nothing changes now.' : [{ tone: 'good', text: `Changed: ${changed.join(', ')}.` }],
    ...(waiting.length === 0
      ? []
      : [[{ tone: 'careful' as const, text: `From the next start: ${waiting.join(', ')}.` }]]),
  ]
}
