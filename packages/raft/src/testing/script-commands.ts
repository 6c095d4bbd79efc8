import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Accepted, ChangeRefusal } from '../core/inputs.ts'
import type { RaftSettings } from '../settings.ts'
import type { Index, ReadNumber, SnapshotMark, Term } from '../types.ts'
import type { CoreNode } from './core-world-node.ts'
import type { Letter, ScriptCluster } from './script-cluster.ts'
import { entriesText, statusText } from './script-text.ts'

type Command = (cluster: ScriptCluster, words: readonly string[]) => void

/** What a line of a script may say; `README.md` beside the scripts explains each. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['settings', (cluster, words) => void (cluster.settings = settingsOf(words))],
  [
    'cluster',
    (cluster, [count]) => cluster.begin(Array.from({ length: Number(count) }, (_, at) => `${at + 1}` as NodeId)),
  ],
  ['disk', (cluster, [id, ...terms]) => cluster.disk(id as NodeId, terms.map(Number))],
  ['assemble', (cluster) => cluster.assemble()],
  ['elect', (cluster, [id]) => elect(cluster, id as NodeId)],
  ['node', (cluster, words) => eachNode(words, (id) => cluster.add(id, []))],
  ['campaign', (cluster, [id]) => campaign(cluster, id as NodeId)],
  ['deliver', (cluster, words) => cluster.deliver(lettersOf(words))],
  ['deliver-one', (cluster, words) => cluster.deliver(lettersOf(words), 1)],
  ['drop', (cluster, words) => void (cluster.letters = cluster.letters.filter(not(lettersOf(words))))],
  ['cut', (cluster, words) => cutOff(cluster, words)],
  ['heal', (cluster) => cluster.cut.clear()],
  ['pass', (cluster, [durationMs]) => cluster.pass(Number(durationMs), false)],
  ['run', (cluster, [durationMs]) => cluster.pass(Number(durationMs), true)],
  ['slow-disk', (cluster, words) => eachNode(words, (id) => cluster.slowDisks.add(id))],
  ['fast-disk', (cluster, words) => eachNode(words, (id) => cluster.slowDisks.delete(id))],
  ['write-done', (cluster, [id, count]) => cluster.finishWrites(cluster.node(id as NodeId), Number(count ?? 1))],
  ['propose', (cluster, [id, ...words]) => propose(cluster, id as NodeId, words)],
  ['change', (cluster, [id, ...words]) => change(cluster, id as NodeId, words)],
  ['transfer', (cluster, [id, to]) => transfer(cluster, id as NodeId, to as NodeId | undefined)],
  ['read', (cluster, [id, ...reads]) => read(cluster, id as NodeId, reads)],
  ['peer', (cluster, [id, peer, state]) => reach(cluster, id as NodeId, peer as NodeId, state === 'up')],
  ['snapshot', (cluster, [id]) => snapshot(cluster, cluster.node(id as NodeId))],
  ['bring', (cluster, [from, to, outcome]) => bring(cluster, from as NodeId, to as NodeId, outcome === 'fails')],
  ['crash', (cluster, [id, kept]) => cluster.node(id as NodeId).crash(Number(kept ?? 0))],
  ['start', (cluster, words) => eachNode(words, (id) => cluster.start(id))],
  ['lose-log', (cluster, [id, last]) => loseLog(cluster.node(id as NodeId), Number(last))],
  ['no-invariants', (cluster) => void (cluster.invariantsHold = false)],
  ['hide', (cluster) => void (cluster.shows = false)],
  ['show', (cluster) => void (cluster.shows = true)],
  ['hide-heartbeats', (cluster) => void (cluster.showsHeartbeats = false)],
  ['show-heartbeats', (cluster) => void (cluster.showsHeartbeats = true)],
  ['status', (cluster, words) => status(cluster, words)],
  [
    'log',
    (cluster, words) => eachNode(words, (id) => cluster.say(`${id} ${entriesText(cluster.node(id).disk.entries)}`)),
  ],
])

function settingsOf(words: readonly string[]): Partial<RaftSettings> {
  const settings: Record<string, number> = {}
  for (const word of words) {
    const [name = '', value] = word.split('=')
    settings[name] = Number(value)
  }
  return settings
}

function eachNode(words: readonly string[], does: (id: NodeId) => void): void {
  for (const word of words) does(word as NodeId)
}

/** Time passes until that node alone stands. */
function campaign(cluster: ScriptCluster, id: NodeId): void {
  const node = cluster.node(id)
  if (node.deadline() < Infinity) cluster.now = Math.max(cluster.now, node.deadline()) as Millis
  node.step(cluster.now, { type: 'wake' })
  cluster.settleDisks()
}

/** As `campaign`, with every message about votes delivered; again a few times, if it has to learn of a newer term. */
function elect(cluster: ScriptCluster, id: NodeId): void {
  for (let attempt = 0; attempt < 3 && cluster.node(id).core?.status().role !== 'leader'; attempt++) {
    campaign(cluster, id)
    cluster.deliver(({ message }) => message.type.includes('vote'))
  }
}

/** Words such as `1>2`, `>3`, `2>` or the type of a message; no words mean all. */
function lettersOf(words: readonly string[]): (letter: Letter) => boolean {
  if (words.length === 0) return () => true
  return ({ from, to, message }) =>
    words.every((word) => {
      if (!word.includes('>')) return word === message.type
      const [sender, receiver] = word.split('>')
      return (sender === '' || sender === from) && (receiver === '' || receiver === to)
    })
}

function not(matches: (letter: Letter) => boolean): (letter: Letter) => boolean {
  return (letter) => !matches(letter)
}

/** `1>2` for one direction, `3` for a node that is cut off from all others. */
function cutOff({ cut, nodes }: ScriptCluster, words: readonly string[]): void {
  for (const word of words) {
    if (word.includes('>')) cut.add(word)
    else for (const other of nodes.keys()) if (other !== word) cut.add(`${word}>${other}`).add(`${other}>${word}`)
  }
}

function propose(cluster: ScriptCluster, id: NodeId, words: readonly string[]): void {
  const encoder = new TextEncoder()
  cluster.node(id).act(cluster.now, (core) => {
    const answer = core.propose(
      cluster.now,
      words.map((word) => encoder.encode(word)),
    )
    sayRefusal(cluster, id, answer)
  })
  cluster.settleDisks()
}

/** `change 1 1 2 3 learners 4`. */
function change(cluster: ScriptCluster, id: NodeId, words: readonly string[]): void {
  const split = words.indexOf('learners')
  const voters = (split === -1 ? words : words.slice(0, split)) as NodeId[]
  const learners = (split === -1 ? [] : words.slice(split + 1)) as NodeId[]
  cluster.node(id).act(cluster.now, (core) => {
    sayRefusal(cluster, id, core.changeMembers(cluster.now, { voters, learners }))
  })
  cluster.settleDisks()
}

function transfer(cluster: ScriptCluster, id: NodeId, to: NodeId | undefined): void {
  cluster.node(id).act(cluster.now, (core) => sayRefusal(cluster, id, core.transfer(cluster.now, to)))
  cluster.settleDisks()
}

function sayRefusal(
  cluster: ScriptCluster,
  id: NodeId,
  answer: Accepted | ChangeRefusal | { readonly to: NodeId },
): void {
  if (!('refused' in answer)) return
  const { refused, ...rest } = answer
  const details: readonly unknown[] = Object.values(rest).filter((detail) => detail !== undefined)
  cluster.say(`${id} refuses: ${[refused, ...details].join(', ')}`)
}

function read(cluster: ScriptCluster, id: NodeId, reads: readonly string[]): void {
  const numbers = reads.map((number) => Number(number) as ReadNumber)
  cluster.node(id).step(cluster.now, { type: 'read', reads: numbers })
  cluster.settleDisks()
}

function reach(cluster: ScriptCluster, id: NodeId, peer: NodeId, reachable: boolean): void {
  cluster.node(id).step(cluster.now, { type: 'peer', peer, reachable })
  cluster.settleDisks()
}

function snapshot(cluster: ScriptCluster, node: CoreNode): void {
  const { core } = node
  if (core === undefined) return
  const { applied, configuration } = core.status()
  const term = core.termAt(applied) ?? (0 as Term)
  const mark: SnapshotMark = { index: applied, term, configuration, id: `${node.id}/${applied}`, bytes: 0 }
  node.step(cluster.now, { type: 'snapshot-made', snapshot: mark })
  cluster.settleDisks()
}

function bring(cluster: ScriptCluster, from: NodeId, to: NodeId, fails: boolean): void {
  const source = cluster.node(from)
  const brought = source.core?.status()
  if (brought === undefined) return
  const { snapshot: mark, term } = brought
  if (!fails) cluster.node(to).step(cluster.now, { type: 'snapshot-received', from, term, snapshot: mark })
  source.step(cluster.now, { type: 'snapshot-brought', to, snapshot: fails ? undefined : mark })
  cluster.settleDisks()
}

/** Its disk forgets everything after that index, which no disk that is sound does. */
function loseLog({ disk }: CoreNode, last: number): void {
  disk.entries = disk.entries.filter(({ index }) => index <= (last as Index))
}

function status(cluster: ScriptCluster, words: readonly string[]): void {
  const wanted = words.length === 0 ? [...cluster.nodes.keys()] : (words as readonly NodeId[])
  for (const id of wanted) {
    const { core } = cluster.node(id)
    cluster.say(`${id} ${core === undefined ? 'is down' : statusText(core.status())}`)
  }
}
