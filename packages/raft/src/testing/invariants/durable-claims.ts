import type { NodeId } from '@flotilla/core/ids'
import type { Message } from '../../messages.ts'
import { Finding, type Chronicle, type MemberRecord, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

/**
 * Nobody says what a crash could make untrue (Raft figure 2: "updated on stable storage before responding"). A vote
 * counts from when it was durable, a match from when the log up to there was, and a term from when it was.
 */
export function durableClaims(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  /** Every vote that was ever durable, by node and term. */
  const votes = new Map<string, NodeId | undefined>()
  const see = ({ node, durable }: MemberRecord): void => {
    votes.set(`${node} ${durable.hardState.term}`, durable.hardState.vote)
  }
  chronicle.watch({
    begins: see,
    written: see,
    says(record, to, message) {
      const untrue = whatIsUntrue(record, to, message, votes)
      if (untrue !== undefined) finding.say(`${shortName(record.node)} told ${shortName(to)} ${untrue}`)
    },
  })
  return { sentence: 'What a node says is on its disk before it says so (Raft §5.1).', check: () => finding.detail }
}

function whatIsUntrue(
  { node, durable }: MemberRecord,
  to: NodeId,
  message: Message,
  votes: ReadonlyMap<string, NodeId | undefined>,
): string | undefined {
  const { type, term } = message
  // They ask, and answer, about a term that has not begun.
  if (type === 'pre-vote' || type === 'pre-vote-answer') return undefined
  if (term > durable.hardState.term) return `of term ${term}, and had ${durable.hardState.term} on disk`
  if (type === 'vote' && votes.get(`${node} ${term}`) !== node) return `that it votes for itself in term ${term}`
  if (type === 'vote-answer' && message.granted && votes.get(`${node} ${term}`) !== to) return `of its vote in ${term}`
  if (type !== 'append-answer' || term !== durable.hardState.term || message.match <= durable.lastIndex)
    return undefined
  return `that it has ${message.match}, and had ${durable.lastIndex} on disk`
}
