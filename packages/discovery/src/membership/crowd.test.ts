import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import { CoreGroup } from './testing/core-group.ts'
import type { GroupNode } from './testing/group-node.ts'

/** `FLOTILLA_CROWD=1000` runs what the README promises for a thousand; it takes minutes and 2 GB. */
const members = Number(process.env['FLOTILLA_CROWD'] ?? 120)
const connectionsEach = 10

/** Everybody knows everybody, and has a few connections. */
function crowd(count: number, lossPerMille: number, watch: FalseDeaths): CoreGroup {
  const prng = new Prng(count)
  const group = new CoreGroup({
    seed: count,
    lossPerMille,
    onEvent(atMs, node, event) {
      if (event.type === 'failed') watch.failed(atMs, node, event.member.id)
      if (event.type === 'joined') watch.joined(atMs, node, event.member.id)
    },
  })
  for (let index = 0; index < count; index++) group.start()
  group.acquaint()
  for (const node of group.nodes) {
    for (let connection = 0; connection < connectionsEach; connection++) {
      const other = prng.pick(group.nodes)
      if (other !== node) group.connect(node, other)
    }
  }
  return group
}

/** How long living members were dead for somebody, while neither of the two paused. */
class FalseDeaths {
  readonly victims = new Set<NodeId>()
  readonly pauses = new Map<NodeId, (readonly [from: number, to: number])[]>()
  readonly #since = new Map<string, number>()
  longestMs = 0
  count = 0

  failed(atMs: number, { id }: GroupNode, of: NodeId): void {
    if (this.victims.has(of)) return
    this.count++
    this.#since.set(`${id} ${of}`, atMs)
  }

  joined(atMs: number, { id }: GroupNode, of: NodeId): void {
    const since = this.#since.get(`${id} ${of}`)
    if (since === undefined) return
    this.#since.delete(`${id} ${of}`)
    let ms = 0
    for (let at = since; at < atMs; at += 10) if (![id, of].some((one) => this.#isPaused(one, at))) ms += 10
    this.longestMs = Math.max(this.longestMs, ms)
  }

  get unresolved(): number {
    return this.#since.size
  }

  #isPaused(id: NodeId, atMs: number): boolean {
    return this.pauses.get(id)?.some(([from, to]) => atMs >= from && atMs < to) === true
  }
}

function bytesEachSecond(group: CoreGroup, durationMs: number): number {
  const total = (): number => group.exchangedBytes + group.nodes.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  const before = total()
  group.run(durationMs)
  return ((total() - before) / group.nodes.length / durationMs) * 1_000
}

describe('a crowd', () => {
  test('costs each member the same few bytes, however many there are', () => {
    const figures = [10, 50, members].map((count) => {
      const group = crowd(count, 50, new FalseDeaths())
      group.run(15_000)
      return bytesEachSecond(group, 30_000)
    })
    expect(Math.max(...figures)).toBeLessThan(1_500)
    expect(Math.max(...figures)).toBeLessThan(Math.min(...figures) * 1.3)
  })

  test('in which a tenth pauses at any moment buries nobody who lives for longer than a refutation takes', () => {
    const deaths = new FalseDeaths()
    const group = crowd(members, 50, deaths)
    const prng = new Prng(3)
    const pauseSome = (): void => {
      const awake = group.nodes.filter(({ state }) => state === 'up')
      for (let count = 0; count < members / 200; count++) {
        const node = prng.pick(awake)
        const pauses = deaths.pauses.get(node.id) ?? []
        deaths.pauses.set(node.id, [...pauses, [group.nowMs, group.nowMs + 2_000]])
        group.pause(node, 2_000)
      }
    }
    for (let ms = 0; ms < 20_000; ms += 100) {
      pauseSome()
      group.run(100)
    }
    const victims = prng.shuffled(group.nodes).slice(0, Math.max(2, members / 100))
    for (const victim of victims) {
      deaths.victims.add(victim.id)
      group.kill(victim, false)
    }
    const isKnown = (): boolean =>
      group.nodes.every((node) => node.state === 'down' || victims.every((one) => group.statusOf(node, one) === 'dead'))
    expect(group.runUntil(isKnown, 30_000, 100)).toBeDefined()
    group.run(10_000)
    expect(group.agrees()).toBe(true)
    expect(deaths.unresolved).toBe(0)
    expect(deaths.longestMs).toBeLessThan(2_000)
  })
})
