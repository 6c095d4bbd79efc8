import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { decodeConfiguration } from '../core/configuration-codec.ts'
import type { CoreStatus, MemberProgress } from '../core/inputs.ts'
import type { Effect, News, Write } from '../effects.ts'
import type { Message } from '../messages.ts'
import type { Configuration, Entry, Role, SnapshotMark } from '../types.ts'

/** What a script prints of an effect, in a few words that are the same on every run. */
export function effectText(effect: Effect): string {
  switch (effect.type) {
    case 'write':
      return writeText(effect)
    case 'send':
      return `to ${effect.to}: ${messageText(effect.message)}`
    case 'claim':
      return `to ${effect.to} after write ${effect.after}: ${messageText(effect.message)}`
    case 'apply':
      return `apply ${entriesText(effect.entries)}`
    case 'restore':
      return `restore ${snapshotText(effect.snapshot)}`
    case 'bring-snapshot':
      return `bring a snapshot to ${effect.to}`
    case 'read':
      return `reads ${effect.reads.join(' ')} see ${effect.index}`
    case 'read-failed':
      return `reads ${effect.reads.join(' ')} failed`
    case 'tell':
      return newsText(effect.news)
    default:
      return unreachable(effect, 'effect')
  }
}

function configurationText({ voters, outgoing, learners }: Configuration): string {
  const parts = [`voters ${voters.join(' ')}`]
  if (outgoing.length > 0) parts.push(`outgoing ${outgoing.join(' ')}`)
  if (learners.length > 0) parts.push(`learners ${learners.join(' ')}`)
  return parts.join(', ')
}

export function statusText(status: CoreStatus): string {
  const { role, term, leader, quiet, commit, applied, written, lastIndex, configuration, snapshot } = status
  const parts = [`${role} of term ${term}${quiet ? ', quiet' : ''}`]
  if (role === 'follower') parts.push(leader === undefined ? 'follows nobody' : `follows ${leader}`)
  parts.push(`log to ${lastIndex}, written ${written}, decided ${commit}, applied ${applied}`)
  if (snapshot.index > 0) parts.push(snapshotText(snapshot))
  parts.push(configurationText(configuration))
  return [parts.join('; '), ...[...status.members].map(([id, member]) => `  ${id}: ${progressText(member)}`)].join('\n')
}

function progressText({ state, match, next, appendsInFlight, active }: MemberProgress): string {
  const flight = appendsInFlight > 0 ? `, ${appendsInFlight} in flight` : ''
  return `${state}, match ${match}, next ${next}${flight}${active ? '' : ', silent'}`
}

function writeText({ number, hardState, snapshot, entries }: Write): string {
  const parts: string[] = []
  if (hardState !== undefined) parts.push(`term ${hardState.term}, vote ${hardState.vote ?? 'none'}`)
  if (snapshot !== undefined) parts.push(snapshotText(snapshot))
  if (entries !== undefined) parts.push(entriesText(entries))
  return `write ${number}: ${parts.join('; ')}`
}

function snapshotText({ index, term, configuration }: SnapshotMark): string {
  return `snapshot ${index}/${term} (${configurationText(configuration)})`
}

export function entriesText(entries: readonly Entry[]): string {
  return entries.map(entryText).join(', ')
}

function entryText({ index, term, kind, data }: Entry): string {
  if (kind === 'configuration') return `${index}/${term} (${configurationText(decodeConfiguration(data))})`
  return kind === 'empty' ? `${index}/${term}` : `${index}/${term} ${new TextDecoder().decode(data)}`
}

function messageText(message: Message): string {
  const { type, term } = message
  const head = `${type} term ${term}`
  switch (message.type) {
    case 'vote':
      return `${head} log ${message.lastIndex}/${message.lastTerm}${message.transfer ? ' transfer' : ''}`
    case 'pre-vote':
      return `${head} log ${message.lastIndex}/${message.lastTerm}`
    case 'vote-answer':
    case 'pre-vote-answer':
      return `${head} ${message.granted ? 'granted' : 'refused'}`
    case 'append': {
      const entries = message.entries.length === 0 ? 'nothing' : entriesText(message.entries)
      return `${head} after ${message.prevIndex}/${message.prevTerm}, decided ${message.commit}: ${entries}`
    }
    case 'append-answer':
      return `${head} match ${message.match}`
    case 'append-refusal':
      return `${head} not after ${message.prevIndex}, perhaps ${message.hintIndex}/${message.hintTerm}`
    case 'heartbeat':
      return `${head} decided ${message.commit}, round ${message.round}`
    case 'heartbeat-answer':
      return `${head} round ${message.round}, log to ${message.lastIndex}`
    case 'read':
      return head
    case 'read-answer':
      return `${head} ${message.index ?? 'cannot say'}`
    case 'stand':
      return head
    case 'quiet':
      return `${head} decided ${message.commit}`
    case 'removed':
      return `${head} by configuration ${message.configurationIndex}`
    default:
      return unreachable(message, 'message')
  }
}

function followsText(role: Role, leader: NodeId | undefined): string {
  return role === 'follower' ? `, follows ${leader ?? 'nobody'}` : ''
}

function newsText(news: News): string {
  switch (news.type) {
    case 'role':
      return `is ${news.role} of term ${news.term}${followsText(news.role, news.leader)}`
    case 'configuration':
      return `has configuration ${news.index} in force`
    case 'disk-stalled':
      return `has waited ${news.milliseconds} ms for its disk`
    case 'removed':
      return `was removed by configuration ${news.configurationIndex}`
    case 'transfer-ended':
      return `transfer to ${news.to} ${news.succeeded ? 'succeeded' : 'failed'}`
    case 'message-refused':
      return `refuses what ${news.from} said: ${news.why}`
    case 'member-lost-data':
      return `${news.member} lost data: it had ${news.match}, and has ${news.lastIndex}`
    default:
      return unreachable(news, 'news')
  }
}
