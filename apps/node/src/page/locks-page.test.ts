import type { LockState } from '@flotilla/locks'
import { expect, test } from 'vitest'
import type { RaftAnswer } from '../services/lock-answers.ts'
import { groupSection, locksSection } from './locks-page.ts'

const member = { id: 'fl1qqqqqqqqqqqqqqqqqqqqqqqqqqqqq', name: '<b>bob</b>', self: false, leads: true }
const counts = { commit: 12, applied: 12, lastIndex: 12, snapshotIndex: 0, logBytes: 1, sessions: 0, version: 1 }

const raft: RaftAnswer = {
  state: 'member',
  notice: null,
  groups: [
    {
      name: 'locks',
      role: 'follower',
      term: 3,
      leader: { id: member.id, name: '<b>bob</b>' },
      quiet: false,
      ...counts,
      members: [
        { ...member, part: 'voter', entriesBehind: 4, answers: false },
        { ...member, name: 'cid', leads: false, part: 'learner', entriesBehind: null, answers: null },
      ],
      autopilot: { state: 'idle', reason: '' },
    },
  ],
}

const party = { session: 1, owner: '~1', mode: 'exclusive', permits: 0 } as const
const waiters = ['ann', 'bob', 'cid', 'dan'].map((name) => ({ ...party, name, waitedMs: 1 }))
const lock: LockState = {
  key: '<i>deploy</i>',
  capacity: 0,
  holding: 1,
  waiting: 9,
  token: 41,
  delayedMs: 0,
  holders: [{ ...party, name: 'ann', token: 41, value: '<script>', heldMs: 5 }],
  waiters,
}

test('shows who decides, and takes nothing that they say for markup', () => {
  const { text } = groupSection(raft)
  for (const words of ['&lt;b&gt;bob&lt;/b&gt; leads.', 'Term 3', 'voter', 'learner', 'cid'])
    expect(text).toContain(words)
  expect(text).not.toContain('<b>')
})

test('says where this node takes no part, and why', () => {
  const failed = groupSection({ state: 'failed', notice: 'the disk <failed>: mend it', groups: [] }).text
  expect(failed).toContain('the disk &lt;failed&gt;: mend it.')
  expect(groupSection({ state: 'client', notice: null, groups: [] }).text).toContain('no member')
  expect(groupSection({ state: 'none', notice: null, groups: [] }).text).toContain('In no cluster')
})

test('shows keys, holders, tokens and waiters, and takes nothing for markup', () => {
  const { text } = locksSection(raft, { locks: [lock], next: null })
  for (const words of ['&lt;i&gt;deploy&lt;/i&gt;', 'ann: &lt;script&gt;', '41', 'ann (exclusive), bob']) {
    expect(text).toContain(words)
  }
  expect(text).toContain('and 6 more')
  expect(text).not.toMatch(/<script>|<i>/)
})

test('says where there is nothing, more, or no answer', () => {
  expect(locksSection(raft, { locks: [], next: null }).text).toContain('Nobody holds anything')
  expect(locksSection(raft, { locks: [lock], next: 'x' }).text).toContain('Only the first 1 keys')
  expect(locksSection(raft, undefined).text).toContain('does not answer')
})
