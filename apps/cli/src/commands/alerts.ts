import { momentText } from '@flotilla/core/text'
import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { nodeText, readNode } from './machine-answer.ts'

export const alertsCommand: Command = {
  name: 'alerts',
  summary: 'what is wrong with the machines of the cluster now: full disks, no memory, too hot, hung mounts',
  usage: 'flotilla alerts [--data FOLDER]',
  examples: [['flotilla alerts', 'full disks, no memory, too hot, hung mounts']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const alerts = await client.get('/v1/alerts', (answer) => answer.list('alerts').map(readAlert))
    const lines = alerts.length === 0 ? ['Nothing is wrong.'] : alerts.map(line)
    return { exitCode: exitCodes.ok, lines, document: { alerts } }
  },
}

function readAlert(alert: NodeAnswer) {
  return {
    node: readNode(alert.object('node')),
    rule: alert.text('rule'),
    figure: alert.text('figure'),
    severity: alert.text('severity'),
    value: alert.number('value'),
    since: new Date(alert.amount('sinceMs')).toISOString(),
    message: alert.text('message'),
  }
}

function line({ node, severity, message, since }: ReturnType<typeof readAlert>): Line {
  const tone = severity === 'critical' ? 'bad' : severity === 'warning' ? 'careful' : 'quiet'
  return [`  ${nodeText(node)}  `, { tone, text: severity }, `  ${message}, since ${momentText(since)}`]
}
