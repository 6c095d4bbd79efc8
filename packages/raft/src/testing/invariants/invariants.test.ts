import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import { encodeConfiguration } from '../../core/configuration-codec.ts'
import type { Message } from '../../messages.ts'
import type { RecoveredGroup } from '../../storage/storage.ts'
import type { Configuration, Entry, EntryKind, HardState, Index, SnapshotMark, Term } from '../../types.ts'
import type { MemberRecord } from './chronicle.ts'
import { Chronicle, raftInvariants } from './index.ts'

const [ann, bob, cid, dan] = ['node-of-ann', 'node-of-bob', 'node-of-cid', 'node-of-dan'] as unknown as [
  NodeId,
  NodeId,
  NodeId,
  NodeId,
]
const beginning: Configuration = { voters: [ann, bob, cid], outgoing: [], learners: [] }

function entry(index: number, term: number, text: string = '', kind: EntryKind = 'command'): Entry {
  return { index: index as Index, term: term as Term, kind, data: new TextEncoder().encode(text) }
}

function configuration(index: number, term: number, changed: Partial<Configuration>): Entry {
  return { ...entry(index, term, '', 'configuration'), data: encodeConfiguration({ ...beginning, ...changed }) }
}

function state(term: number, vote?: NodeId): HardState {
  return { term: term as Term, vote }
}

function voteOf(term: number): Message {
  return { type: 'vote', term: term as Term, lastIndex: 1 as Index, lastTerm: 1 as Term, transfer: false }
}

/** Three members that have just begun, and all rules. */
class Scene {
  readonly chronicle = new Chronicle(beginning)
  readonly rules = raftInvariants(this.chronicle)
  readonly ann: MemberRecord = this.chronicle.begins(ann, undefined)
  readonly bob: MemberRecord = this.chronicle.begins(bob, undefined)
  readonly cid: MemberRecord = this.chronicle.begins(cid, undefined)

  /** Durable at once. */
  write(member: MemberRecord, hardState: HardState | undefined, ...entries: readonly Entry[]): this {
    this.chronicle.writes(member, { hardState, entries })
    this.chronicle.written(member)
    return this
  }

  leads(member: MemberRecord, term: number): this {
    this.chronicle.leads(member, term as Term)
    return this
  }

  decides(member: MemberRecord, index: number): this {
    this.chronicle.decides(member, index as Index)
    return this
  }

  says(member: MemberRecord, to: NodeId, message: Message): void {
    this.chronicle.says(member, to, message)
  }

  applies(member: MemberRecord, index: number, what: string): this {
    this.chronicle.applies(member, index as Index, what)
    return this
  }

  /** A life that ended, and one that found this on the disk. */
  again(member: MemberRecord, found: Partial<RecoveredGroup>): MemberRecord {
    const snapshot = { index: 0, term: 0, configuration: beginning, id: '', bytes: 0 } as unknown as SnapshotMark
    return this.chronicle.begins(member.node, { hardState: state(0), snapshot, entries: [], ...found })
  }

  /** What was seen to be broken. */
  get broken(): readonly string[] {
    return this.rules.flatMap((rule) => rule.check() ?? [])
  }
}

/** A leader of term 1 whose first entry is everywhere. */
function led(): Scene {
  const scene = new Scene()
  const members = [scene.ann, scene.bob, scene.cid]
  for (const member of members) scene.write(member, state(1, ann))
  scene.leads(scene.ann, 1)
  for (const member of members) scene.write(member, undefined, entry(1, 1))
  return scene.decides(scene.ann, 1)
}

describe('the rules', () => {
  test('find nothing wrong with a group to which nothing unusual happens', () => {
    const scene = led()
    scene.write(scene.ann, undefined, entry(2, 1, 'x')).write(scene.bob, undefined, entry(2, 1, 'x'))
    scene
      .write(scene.cid, state(2, cid), entry(2, 2, 'lost'))
      .write(scene.cid, state(3, ann), entry(2, 1, 'x'), entry(3, 3))
    expect(scene.broken).toEqual([])
    const fine = led()
    fine.applies(fine.ann, 1, 'a').applies(fine.bob, 1, 'a')
    fine.write(fine.ann, undefined, configuration(2, 1, { outgoing: beginning.voters, voters: [ann, bob, dan] }))
    fine.write(fine.bob, undefined, configuration(2, 1, { outgoing: beginning.voters, voters: [ann, bob, dan] }))
    fine.decides(fine.ann, 2).write(fine.ann, undefined, configuration(3, 1, { voters: [ann, bob, dan] }))
    expect(fine.broken).toEqual([])
  })

  test('see two leaders in a term', () => {
    const scene = led()
    expect(scene.leads(scene.bob, 1).broken[0]).toMatch('both led in term 1')
  })

  test('see a leader that no majority has elected, or only one of two', () => {
    const alone = led()
    expect(alone.write(alone.bob, state(2, bob)).leads(alone.bob, 2).broken[0]).toMatch('without the votes')
    const joint = led()
    const change = configuration(2, 1, { outgoing: beginning.voters, voters: [ann, cid, dan] })
    for (const member of [joint.ann, joint.cid]) joint.write(member, undefined, change)
    const newcomer = joint.chronicle.begins(dan, undefined)
    joint.write(newcomer, state(2, cid)).write(joint.cid, state(2, cid)).leads(joint.cid, 2)
    expect(joint.broken[0]).toMatch('without the votes')
  })

  test('see an election that nobody was asked about before', () => {
    const scene = led()
    scene.write(scene.bob, state(2, bob)).says(scene.bob, ann, voteOf(2))
    expect(scene.broken[0]).toMatch('called an election in term 2')
    const asked = led()
    asked.says(asked.cid, bob, { type: 'pre-vote-answer', term: 2 as Term, granted: true })
    asked.write(asked.bob, state(2, bob)).says(asked.bob, ann, voteOf(2))
    expect(asked.broken).toEqual([])
  })

  test('see a second vote, over a crash as well, and a term that goes back', () => {
    const twice = led()
    expect(twice.write(twice.bob, state(1, cid)).broken[0]).toMatch('voted in term 1 for')
    const forgot = led()
    const bobAgain = forgot.again(forgot.bob, { hardState: state(1, ann), entries: [entry(1, 1)] })
    expect(forgot.write(bobAgain, state(1, bob)).broken[0]).toMatch('voted in term 1 for')
    const back = led()
    expect(back.write(back.bob, state(0)).broken[0]).toMatch('went back from term 1 to 0')
  })

  test('see a leader that takes something back', () => {
    const scene = led()
    expect(scene.write(scene.ann, undefined, entry(1, 1)).broken[0]).toMatch('in place of one it had')
  })

  test('see logs that part and meet again, gaps, and terms that fall', () => {
    const scene = led()
    expect(scene.write(scene.bob, undefined, entry(1, 1, 'other')).broken[0]).toMatch('is another one elsewhere')
    const parted = led()
    parted.write(parted.ann, undefined, entry(2, 1), entry(3, 3))
    expect(parted.write(parted.bob, undefined, entry(2, 2), entry(3, 3)).broken[0]).toMatch('follows on one of term 2')
    const gap = led()
    expect(gap.write(gap.bob, undefined, entry(3, 1)).broken[0]).toMatch('left a gap before entry 3')
    const falling = led()
    expect(falling.write(falling.bob, undefined, entry(2, 0)).broken[0]).toMatch('follows on term 1')
  })

  test('see a leader that lacks what was decided', () => {
    const scene = led()
    scene.write(scene.ann, undefined, entry(2, 1, 'x')).write(scene.bob, undefined, entry(2, 1, 'x'))
    scene.decides(scene.ann, 2).write(scene.cid, state(2, cid)).leads(scene.cid, 2)
    const lacks = 'led in term 2 with nothing at 2, where one of term 1 was decided'
    expect(scene.broken).toContainEqual(expect.stringMatching(lacks))
  })

  test('see what is taken for decided without a majority on disk, or in place of what was', () => {
    const scene = led()
    scene.write(scene.ann, undefined, entry(2, 1))
    scene.chronicle.writes(scene.bob, { entries: [entry(2, 1)] })
    expect(scene.decides(scene.ann, 2).broken[0]).toMatch('no majority had it on disk')
    const other = led()
    other.write(other.bob, undefined, entry(1, 2))
    expect(other.decides(other.bob, 1).broken).toContainEqual(expect.stringMatching('where that of term 1 was'))
  })

  test('know that a follower may learn of a decision before the configuration by which its leader counted', () => {
    const scene = led()
    const voters = [ann, bob, dan]
    const newcomer = scene.chronicle.begins(dan, undefined)
    const joint = configuration(2, 1, { outgoing: beginning.voters, voters })
    for (const member of [scene.ann, scene.bob]) scene.write(member, undefined, joint)
    scene.write(newcomer, state(1, ann), entry(1, 1), joint).decides(scene.ann, 2)
    for (const member of [scene.ann, newcomer]) scene.write(member, undefined, entry(3, 1, 'x'))
    scene.write(scene.ann, undefined, configuration(4, 1, { voters }))
    expect(scene.decides(newcomer, 3).broken).toEqual([])
    expect(scene.decides(scene.ann, 4).broken[0]).toMatch('took 4 of term 1 for decided, and no majority')
  })

  test('see machines that differ, or that apply in another order', () => {
    const scene = led()
    expect(scene.applies(scene.ann, 1, 'a').applies(scene.bob, 1, 'b').broken[0]).toMatch('another machine has a')
    const twice = led()
    expect(twice.applies(twice.ann, 1, 'a').applies(twice.ann, 1, 'a').broken[0]).toMatch('applied 1 after 1')
    const restored = led()
    restored.applies(restored.ann, 1, 'a')
    restored.chronicle.restores(restored.bob, 1 as Index, 'c')
    expect(restored.broken[0]).toMatch('another machine has a')
  })

  test('see members change without a joint configuration', () => {
    const scene = led()
    scene.write(scene.ann, undefined, configuration(2, 1, { voters: [bob, cid, dan] }))
    expect(scene.broken[0]).toMatch('entry 2 goes from')
  })

  test('see what is said before it is durable', () => {
    const term = led()
    term.chronicle.writes(term.bob, { hardState: state(2, cid) })
    term.says(term.bob, cid, { type: 'vote-answer', term: 2 as Term, granted: true })
    expect(term.broken[0]).toMatch('of term 2, and had 1 on disk')
    const vote = led()
    vote.says(vote.bob, cid, { type: 'vote-answer', term: 1 as Term, granted: true })
    expect(vote.broken[0]).toMatch('of its vote in 1')
    const own = led()
    own.says(own.bob, cid, voteOf(1))
    expect(own.broken).toContainEqual(expect.stringMatching('that it votes for itself in term 1'))
    const match = led()
    match.chronicle.writes(match.bob, { entries: [entry(2, 1)] })
    match.says(match.bob, ann, { type: 'append-answer', term: 1 as Term, match: 2 as Index, round: 1 })
    expect(match.broken[0]).toMatch('that it has 2, and had 1 on disk')
    const fine = led()
    fine.says(fine.bob, ann, { type: 'append-answer', term: 1 as Term, match: 1 as Index, round: 1 })
    fine.says(fine.bob, ann, { type: 'vote-answer', term: 1 as Term, granted: true })
    expect(fine.broken).toEqual([])
  })

  test('see a change that begins before the one before it is decided', () => {
    const scene = led()
    scene.write(scene.ann, undefined, configuration(2, 1, { learners: [dan] }))
    expect(scene.broken).toEqual([])
    scene.write(scene.ann, undefined, configuration(3, 1, { learners: [] }))
    expect(scene.broken[0]).toMatch('before 2')
    const early = led()
    early.write(early.bob, state(2, bob)).leads(early.bob, 2)
    early.write(early.bob, undefined, configuration(2, 2, { learners: [dan] }))
    expect(early.broken).toContainEqual(expect.stringMatching('before anything of its term'))
  })

  test('see a disk that forgets, or invents', () => {
    const lost = led()
    lost.again(lost.bob, { hardState: state(1, ann) })
    expect(lost.broken[0]).toMatch('on disk, and found')
    const late = led()
    late.chronicle.writes(late.bob, { entries: [entry(2, 1)] })
    late.again(late.bob, { hardState: state(1, ann), entries: [entry(1, 1), entry(2, 1)] })
    expect(late.broken).toEqual([])
    const invented = led()
    invented.again(invented.bob, { hardState: state(1, ann), entries: [entry(1, 1), entry(2, 1)] })
    expect(invented.broken[0]).toMatch('on disk, and found')
  })
})
