import { durationText } from '@flotilla/core/text'
import { columns, type Line } from '../terminal/lines.ts'
import type { DemoAgreement } from './demo-agreement.ts'

export interface DemoFacts {
  readonly nodes: readonly {
    readonly name: string
    readonly id: string
    readonly pid: number
    readonly pageUrl: string
    readonly meshPort: number
  }[]
  readonly agreement: DemoAgreement
  /** Lets one other machine join. */
  readonly token: string | undefined
  readonly tokenSeconds: number
  readonly folder: string
  readonly seconds: number
  /** How a command begins from where this was started, as `./flotilla`. */
  readonly program: string
  /** What commands need to find it; empty where they find it by themselves. */
  readonly dataFlag: string
}

/** Commands to try; each works as it is written here. */
export function demoCommands({ program, dataFlag }: DemoFacts): readonly (readonly [line: string, does: string])[] {
  const line = (words: string, after = ''): string => `${program} ${words}${dataFlag}${after}`
  return [
    [line('nodes'), 'who is in the cluster, and how far away'],
    [line('top'), 'what the machines are busy with, live'],
    [line('lock run build', ' -- sleep 60'), 'one at a time, on all machines; then `lock ls` elsewhere'],
    [line('blob put README.md --name readme'), 'kept, encrypted, on all three'],
    [line('shell'), 'all of it with completion; `@all status` asks every node'],
  ]
}

export function demoSummary(facts: DemoFacts): readonly Line[] {
  const { nodes, agreement, token, tokenSeconds, seconds, folder, program } = facts
  const { leader, voters, alive } = agreement
  const [first] = nodes
  const agree: Line = agreement.isComplete
    ? [{ tone: 'good', text: `They agree: ${leader?.name ?? 'nobody'} leads, ${voters} voters, all alive.` }]
    : [
        {
          tone: 'careful',
          text:
            `They do not agree yet: ${leader?.name ?? 'nobody'} leads, ${voters} voters, ${alive} of ${nodes.length} ` +
            `alive. \`${program} doctor\` says why.`,
        },
      ]
  const invitation: readonly Line[] =
    token === undefined
      ? ['  No other machine can be invited now; `flotilla invite` says why.']
      : [
          `  Another machine joins it, for ${durationText(tokenSeconds)} from now, with`,
          [{ tone: 'strong', text: `    ./flotilla join ${token} && ./flotilla up` }],
        ]
  return [
    '',
    [
      '  ',
      { tone: 'strong', text: `A cluster of ${nodes.length} nodes` },
      { tone: 'quiet', text: ` on this machine, after ${seconds.toFixed(1)} s` },
    ],
    '',
    ...columns(
      nodes.map(({ name, id, pid, meshPort }) => [
        `  ${name}`,
        id === leader?.id ? 'leads' : '',
        `mesh port ${meshPort}`,
        `process ${pid}`,
        id,
      ]),
    ),
    '',
    ['  ', ...(typeof agree === 'string' ? [agree] : agree)],
    '',
    ['  Page  ', { tone: 'strong', text: first?.pageUrl ?? '' }],
    [{ tone: 'quiet', text: `  Kept in ${folder}; a next start goes on with it.` }],
    '',
    ...invitation,
    '',
    '  Try, in another terminal:',
    ...columns(demoCommands(facts).map(([line, does]) => [`  ${line}`, does])),
    '',
    [{ tone: 'quiet', text: '  Ctrl-C stops all of them, a second one at once.' }],
    '',
  ]
}
