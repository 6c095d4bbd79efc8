import { describe, expect, test } from 'vitest'
import { RecordingMetrics } from '../testing/index.ts'
import { boundedMetrics } from './bounded-metrics.ts'
import { silentMetrics, type Labels, type Metrics } from './metrics.ts'

const requests = { name: 'requests_total', help: 'Requests that came.', labelNames: ['peer', 'kind'] } as const
const peers = { name: 'peers', help: 'Peers that are up.', labelNames: ['zone'] } as const
const seconds = { name: 'append_seconds', help: 'How long appends took.', labelNames: [], buckets: [0.1, 1] } as const

function recorded(seriesMax?: number): { readonly inner: RecordingMetrics; readonly metrics: Metrics } {
  const inner = new RecordingMetrics()
  return { inner, metrics: boundedMetrics(inner, seriesMax === undefined ? {} : { seriesMax }) }
}

describe('bounded metrics', () => {
  test('pass measurements on', () => {
    const { inner, metrics } = recorded()
    const counter = metrics.counter(requests)
    counter.inc({ peer: 'a', kind: 'vote' })
    counter.inc({ kind: 'vote', peer: 'a' }, 4)
    const gauge = metrics.gauge(peers)
    gauge.set({ zone: 'cellar' }, 3)
    gauge.set({ zone: 'cellar' }, -2)
    const histogram = metrics.histogram({ ...seconds, buckets: [...seconds.buckets] })
    histogram.observe({}, 0.5)
    histogram.observe({}, 2)
    expect(inner.value('requests_total', { peer: 'a', kind: 'vote' })).toBe(5)
    expect(inner.value('peers', { zone: 'cellar' })).toBe(-2)
    expect(inner.observations('append_seconds')).toEqual([0.5, 2])
  })

  test('never make more series than the limit, and lose no count', () => {
    const { inner, metrics } = recorded(10)
    const counter = metrics.counter(requests)
    for (let round = 0; round < 2; round++) {
      for (let peer = 0; peer < 1_000; peer++) counter.inc({ peer: `stranger ${peer}`, kind: 'vote' })
    }
    expect(inner.seriesNames.length).toBe(10)
    expect(inner.value('requests_total', { peer: 'stranger 8', kind: 'vote' })).toBe(2)
    expect(inner.value('requests_total', { peer: 'other', kind: 'other' })).toBe(2 * 991)
  })

  test('count series for each metric on its own, and tell apart what only looks alike', () => {
    const { inner, metrics } = recorded(2)
    metrics.gauge(peers).set({ zone: 'attic' }, 1)
    const counter = metrics.counter(requests)
    counter.inc({ peer: 'a,b', kind: 'c' })
    counter.inc({ peer: 'a', kind: 'b,c' })
    expect(inner.seriesNames).toEqual([
      'peers{zone="attic"}',
      'requests_total{kind="c",peer="a,b"}',
      'requests_total{kind="other",peer="other"}',
    ])
  })

  test('forget what is no more, and have room for another', () => {
    const { inner, metrics } = recorded(2)
    const gauge = metrics.gauge(peers)
    gauge.set({ zone: 'attic' }, 1)
    gauge.set({ zone: 'cellar' }, 2)
    gauge.remove({ zone: 'cellar' })
    gauge.remove({ zone: 'attic' })
    gauge.set({ zone: 'garden' }, 3)
    expect(inner.seriesNames).toEqual(['peers{zone="other"}', 'peers{zone="garden"}'])
  })

  test('cut label values that are too long', () => {
    const { inner, metrics } = recorded()
    metrics.gauge(peers).set({ zone: 'z'.repeat(10_000) }, 1)
    expect(inner.value('peers', { zone: 'z'.repeat(128) })).toBe(1)
  })

  test('take the labels that were declared, all of them and no others', () => {
    const { metrics } = recorded()
    const counter = metrics.counter<string>(requests)
    const wrong: Labels<string>[] = [
      {},
      { peer: 'a' },
      { peer: 'a', kind: 'b', zone: 'c' },
      { peer: 'a', zone: 'b' },
      { peer: 'a', kind: 7 as unknown as string },
    ]
    for (const labels of wrong) expect(() => counter.inc(labels)).toThrow('requests_total is measured with the label')
  })

  test('take finite numbers, and from a counter only what makes it rise', () => {
    const { metrics } = recorded()
    for (const amount of [-1, Number.NaN, Infinity]) {
      expect(() => metrics.counter(requests).inc({ peer: 'a', kind: 'b' }, amount)).toThrow('only rises')
    }
    for (const value of [Number.NaN, Infinity]) {
      expect(() => metrics.gauge(peers).set({ zone: 'a' }, value)).toThrow('a finite number')
      expect(() => metrics.histogram({ ...seconds, buckets: [1] }).observe({}, value)).toThrow('finite numbers')
    }
  })

  test('give the same instrument for the same declaration, and refuse another one of that name', () => {
    const { inner, metrics } = recorded()
    expect(metrics.counter(requests)).toBe(metrics.counter({ ...requests }))
    metrics.counter(requests).inc({ peer: 'a', kind: 'b' })
    expect(inner.seriesNames).toEqual(['requests_total{kind="b",peer="a"}'])
    expect(() => metrics.gauge(requests)).toThrow('the metric requests_total is declared in one way only')
    expect(() => metrics.counter({ ...requests, labelNames: ['peer'] })).toThrow('declared in one way only')
    metrics.histogram({ ...seconds, buckets: [1] })
    expect(() => metrics.histogram({ ...seconds, buckets: [2] })).toThrow('declared in one way only')
  })

  test('refuse names that a library would refuse, and a wrong limit', () => {
    for (const name of ['', 'a b', 'A', '1a', 'a'.repeat(129)]) {
      expect(() => recorded().metrics.counter({ name, help: '', labelNames: [] })).toThrow('is a metric name')
    }
    expect(() => recorded(0)).toThrow('metrics: seriesMax is 0')
  })
})

test('silent metrics measure nothing', () => {
  const metrics = boundedMetrics(silentMetrics)
  expect(metrics.counter(requests).inc({ peer: 'a', kind: 'b' })).toBeUndefined()
  expect(metrics.gauge(peers).set({ zone: 'a' }, 1)).toBeUndefined()
  expect(metrics.histogram({ ...seconds, buckets: [1] }).observe({}, 1)).toBeUndefined()
})
