import { describe, expect, test } from 'vitest'
import { RecordingMetrics } from './recording-metrics.ts'

describe('recording metrics', () => {
  test('remember sums, last values and observations, by series', () => {
    const metrics = new RecordingMetrics()
    const counter = metrics.counter({ name: 'a_total', help: '', labelNames: ['x', 'b'] })
    counter.inc({ x: '1', b: '2' })
    counter.inc({ b: '2', x: '1' }, 2)
    const gauge = metrics.gauge({ name: 'g', help: '', labelNames: [] })
    gauge.set({}, 4)
    gauge.set({}, 3)
    const histogram = metrics.histogram({ name: 'h', help: '', labelNames: [], buckets: [1] })
    histogram.observe({}, 5)
    histogram.observe({}, 6)
    expect(metrics.value('a_total', { x: '1', b: '2' })).toBe(3)
    expect(metrics.value('g')).toBe(3)
    expect(metrics.observations('h')).toEqual([5, 6])
    expect([metrics.value('none'), metrics.observations('none')]).toEqual([undefined, []])
    expect(metrics.seriesNames).toEqual(['a_total{b="2",x="1"}', 'g{}', 'h{}'])
  })

  test('are as strict as a real library: labels as declared, names once', () => {
    const metrics = new RecordingMetrics()
    const counter = metrics.counter<string>({ name: 'a_total', help: '', labelNames: ['x'] })
    for (const labels of [{}, { y: '1' }, { x: '1', y: '1' }]) {
      expect(() => counter.inc(labels)).toThrow('a_total is measured with the labels that it declares: x')
    }
    expect(() => metrics.gauge({ name: 'a_total', help: '', labelNames: [] })).toThrow('declared once')
  })
})
