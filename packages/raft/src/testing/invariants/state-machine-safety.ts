import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

/** State Machine Safety (Raft figure 3, §5.4.3). */
export function stateMachineSafety(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  const applied = new Map<number, string>()
  const compare = (node: string, index: number, what: string): void => {
    const other = applied.get(index)
    if (other === undefined) applied.set(index, what)
    else if (other !== what) finding.say(`at ${index}, ${node} has ${what}, where another machine has ${other}`)
  }
  chronicle.watch({
    applies({ node, applied: last }, index, what) {
      if (index <= last) finding.say(`${shortName(node)} applied ${index} after ${last}`)
      compare(shortName(node), index, what)
    },
    restores({ node }, index, what) {
      compare(shortName(node), index, what)
    },
  })
  return { sentence: 'All machines apply the same in the same order (Raft §5.4.3).', check: () => finding.detail }
}
