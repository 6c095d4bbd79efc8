import { unreachable } from '@flotilla/core/errors'
import type { Message } from '../messages.ts'
import type { Entry } from '../types.ts'

/** Beyond any term or index that a group can live to see; so that one more is always a safe integer. */
const numberMax = 2 ** 48

/** What is wrong with it, whoever sent it and whatever is known here, as a sentence; undefined if nothing is. */
export function messageFault(message: Message): string | undefined {
  if (!isCount(message.term)) return 'its term is no term'
  switch (message.type) {
    case 'vote':
    case 'pre-vote':
      if (message.term === 0) return 'it asks for votes in no term'
      return isPlace(message.lastIndex, message.lastTerm) && message.lastTerm < message.term
        ? undefined
        : 'its log ends where no log can end'
    case 'append':
      return appendFault(message)
    case 'append-answer':
      return isCount(message.match) && isCount(message.round) ? undefined : 'it has what nobody can have'
    case 'append-refusal': {
      const { prevIndex, hintIndex, hintTerm, round } = message
      return isCount(prevIndex) && isPlace(hintIndex, hintTerm) && isCount(round) ? undefined : 'its hint is none'
    }
    case 'heartbeat':
      return isCount(message.commit) && isCount(message.round) ? undefined : 'it has decided what nobody can decide'
    case 'heartbeat-answer':
      return isCount(message.lastIndex) && isCount(message.round) ? undefined : 'its log ends where no log can end'
    case 'read-answer':
      return message.index === undefined || isCount(message.index) ? undefined : 'it lets us read what cannot be'
    case 'quiet':
      return isCount(message.commit) ? undefined : 'it has decided what nobody can decide'
    case 'removed':
      return isCount(message.configurationIndex) ? undefined : 'it names a configuration where none can be'
    case 'vote-answer':
    case 'pre-vote-answer':
    case 'read':
    case 'stand':
      return undefined
    default:
      return unreachable(message, 'message')
  }
}

function appendFault(message: Extract<Message, { type: 'append' }>): string | undefined {
  const { term, prevIndex, prevTerm, commit, round, entries } = message
  if (!isPlace(prevIndex, prevTerm) || !isCount(commit) || !isCount(round)) return 'it goes on where no log can end'
  let index: number = prevIndex
  let entryTerm: number = prevTerm
  for (const entry of entries) {
    index++
    if (entry.index !== index || !isLater(entry, entryTerm)) return 'its entries do not follow on each other'
    entryTerm = entry.term
  }
  return entryTerm <= term && isCount(index) ? undefined : 'it brings entries of a term that has not begun'
}

function isLater({ term }: Entry, before: number): boolean {
  return Number.isInteger(term) && term >= before && term > 0
}

function isPlace(index: number, term: number): boolean {
  return isCount(index) && isCount(term) && (index > 0 || term === 0)
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= numberMax
}
