import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTraceHeaders, traceHeaders } from './trace-headers.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const traceparent = `00-${traceId}-${spanId}-01`
const context = { traceId, spanId, traceFlags: 1, state: [] }

describe('trace headers', () => {
  test('carry a trace from one side to the other', () => {
    expect(traceHeaders(context)).toEqual({ traceparent })
    expect(readTraceHeaders(traceHeaders(context))).toEqual(context)
    const withState = {
      ...context,
      state: [
        ['rojo', '1'],
        ['congo', '2'],
      ] as const,
    }
    expect(traceHeaders(withState)).toEqual({ traceparent, tracestate: 'rojo=1,congo=2' })
    expect(readTraceHeaders(traceHeaders(withState))).toEqual(withState)
  })

  test('without a valid traceparent carry nothing, whatever the tracestate is', () => {
    for (const header of [
      undefined,
      '',
      'nonsense',
      `ff${traceparent.slice(2)}`,
      null,
      7,
      {},
      [],
      [traceparent, traceparent],
    ]) {
      expect(readTraceHeaders({ traceparent: header, tracestate: 'rojo=1' })).toBeUndefined()
    }
    expect(readTraceHeaders({})).toBeUndefined()
  })

  test('a tracestate that is not valid is dropped, and the trace goes on', () => {
    for (const tracestate of ['A=1', 'a=1,a=2', 7, null, {}, ['a=1', 7]]) {
      expect(readTraceHeaders({ traceparent, tracestate })).toEqual(context)
    }
  })

  test('several tracestate headers count as one', () => {
    const tracestate = ['rojo=1', '', 'congo=2']
    expect(readTraceHeaders({ traceparent: [traceparent], tracestate })?.state).toEqual([
      ['rojo', '1'],
      ['congo', '2'],
    ])
    expect(readTraceHeaders({ traceparent, tracestate: ['rojo=1', 'rojo=2'] })?.state).toEqual([])
  })

  test('whatever a peer sends, reading never throws', () => {
    const header = fc.oneof(fc.anything(), fc.constant(traceparent))
    fc.assert(
      fc.property(header, fc.anything(), (first, second) => {
        const read = readTraceHeaders({ traceparent: first, tracestate: second })
        expect(read === undefined || read.traceId === traceId).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})
