import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { bytesText, durationText } from '@flotilla/core/text'
import { columns } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { raftText, readRaft } from './raft-answer.ts'

export const statusCommand: Command = {
  name: 'status',
  summary: 'how the node is that runs on a data folder',
  usage: 'flotilla status [--data FOLDER]',
  examples: [
    ['flotilla status', 'the node that runs here'],
    ['flotilla status --on bob', 'another node of the cluster, through this one'],
  ],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const [figures, raft, certificate] = await Promise.all([
      client.figures(),
      client.get('/v1/raft', readRaft),
      client.get('/v1/tls', readCertificate),
    ])
    const rows = [
      ['id', figures.id],
      ['version', `${figures.version}, life ${figures.life}, process ${figures.pid}`],
      ['up', `${durationText(figures.uptimeSeconds)}, since ${figures.startedAt}`],
      ['data', figures.dataFolder],
      ['page', client.url],
      ...(certificate === undefined ? [] : [['key', `${certificate.keyFingerprint} (for --fingerprint)`]]),
      ['storage', `${bytesText(figures.sqliteBytes)}, ${figures.historyRows} rows of history`],
      ['free', `${bytesText(figures.diskFreeBytes)} on that disk`],
      ['memory', bytesText(figures.residentBytes)],
      ['group', raftText(raft)],
    ]
    return {
      exitCode: exitCodes.ok,
      lines: [[{ tone: 'strong', text: figures.name }, ' ', { tone: 'good', text: 'runs' }], ...columns(rows)],
      document: { node: { url: client.url, ...figures }, certificate: certificate ?? null, raft },
    }
  },
}

function readCertificate(answer: NodeAnswer) {
  return answer.optional('certificate', () => {
    const certificate = answer.object('certificate')
    return {
      selfSigned: certificate.flag('selfSigned'),
      fingerprint: certificate.text('fingerprint'),
      keyFingerprint: certificate.text('keyFingerprint'),
      notAfter: certificate.text('notAfter'),
    }
  })
}
