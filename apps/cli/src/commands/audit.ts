import { momentText } from '@flotilla/core/text'
import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

const shownUsual = 20

export const auditCommand: Command = {
  name: 'audit show',
  summary: 'what was wanted and done through this node and on it, the newest first',
  usage: 'flotilla audit show [--data FOLDER]',
  examples: [['flotilla audit show', 'the newest first']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const report = await client.get(`/v1/audit?limit=${shownUsual}`, readReport)
    const rows = report.newest.map(({ seq, at, actor, action, target, outcome }) => {
      return [String(seq), momentText(at), outcome, action, target, actor]
    })
    const lines = rows.length === 0 ? ['Nothing was written down yet.'] : columns([head, ...rows])
    return { exitCode: codeOf(report), lines: [...lines, ...damageLines(report)], document: report }
  },
}

export const auditVerifyCommand: Command = {
  name: 'audit verify',
  summary: 'whether the audit log is as it was written: each record vouches for the one before it',
  usage: 'flotilla audit verify [--data FOLDER]',
  examples: [['flotilla audit verify', '1 where somebody has changed the log']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const { newest: _newest, ...report } = await client.get('/v1/audit?limit=1', readReport)
    const { records, first, last, hash } = report
    const kept = records === 0 ? 'There are no records yet.' : `${records} records hold, ${first} to ${last}.`
    const advice = `The hash of the last one is ${hash}: whoever keeps it elsewhere notices when the end is cut off.`
    return {
      exitCode: codeOf(report),
      lines: [kept, ...(records === 0 ? [] : [advice]), ...damageLines(report)],
      document: report,
    }
  },
}

const head = ['record', 'when', 'outcome', 'what', 'to what', 'who']

type Report = ReturnType<typeof readReport>

function readReport(report: NodeAnswer) {
  return {
    records: report.count('records'),
    first: report.count('first'),
    last: report.count('last'),
    hash: report.text('hash'),
    damage: report.maybe('damage', () => readDamage(report.object('damage'))) ?? null,
    newest: report.list('newest').map((record) => ({
      seq: record.count('seq'),
      at: record.text('at'),
      actor: record.text('actor'),
      action: record.text('action'),
      target: record.text('target'),
      outcome: record.text('outcome'),
    })),
  }
}

function readDamage(damage: NodeAnswer): { readonly file: string; readonly line: number; readonly why: string } {
  return { file: damage.text('file'), line: damage.count('line'), why: damage.text('why') }
}

function damageLines({ damage }: Pick<Report, 'damage'>): readonly Line[] {
  if (damage === null) return []
  const where = `${damage.file}, line ${damage.line}`
  return [[{ tone: 'bad', text: `The log does not hold from there on: ${where}: ${damage.why}.` }]]
}

function codeOf({ damage }: Pick<Report, 'damage'>): number {
  return damage === null ? exitCodes.ok : exitCodes.failed
}
