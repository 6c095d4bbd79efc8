import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { silentLogger, silentMetrics } from '@flotilla/core/observe'
import { ManualClock } from '@flotilla/core/testing'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { Span } from '../following/span.ts'
import { PrometheusRegistry } from '../prometheus-registry.ts'
import { OtlpExporter, type OtlpExporterOptions } from './otlp-exporter.ts'
import type { OtlpDocument } from './otlp-document.ts'
import { otlpPlace } from './otlp-place.ts'
import { postOtlp } from './otlp-post.ts'

const span: Span = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: 'c'.repeat(16),
  name: 'GET /v1/node',
  kind: 'server',
  startWallMs: 1_700_000_000_123.5,
  endWallMs: 1_700_000_000_124,
  attributes: { 'http.route': '/v1/node', 'http.response.status_code': 500, ok: false, share: 0.5 },
  failure: '500',
}
const place = { url: new URL('http://localhost:4318/v1/traces'), headers: {} }
const source = { resource: { 'service.name': 'flotilla' }, version: '1.2.3' }

function exporter(options: Partial<OtlpExporterOptions>): {
  readonly exporter: OtlpExporter
  readonly clock: ManualClock
} {
  const clock = new ManualClock()
  const usual = { place, source, clock, logger: silentLogger, metrics: silentMetrics, post: () => Promise.resolve() }
  return { exporter: new OtlpExporter({ ...usual, ...options }), clock }
}

test('a collector gets what the documentation of OTLP says, with the headers that were asked for', async () => {
  const bodies: { readonly headers: IncomingHttpHeaders; readonly path: string; readonly body: OtlpDocument }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (part: Buffer) => (text += part.toString()))
    request.on('end', () => {
      bodies.push({ headers: request.headers, path: request.url ?? '', body: JSON.parse(text) as OtlpDocument })
      response.setHeader('content-type', 'application/json').end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b, broken',
  }
  const there = otlpPlace('', environment)
  const { exporter: told } = exporter({ ...(there && { place: there }), post: postOtlp })
  told.take(span)
  await told[Symbol.asyncDispose]()
  server.close()
  expect(bodies).toHaveLength(1)
  expect(bodies[0]).toMatchObject({
    path: '/v1/traces',
    headers: { 'content-type': 'application/json', 'x-team': 'a b' },
  })
  expect(bodies[0]?.body).toEqual({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'flotilla' } }] },
        scopeSpans: [
          {
            scope: { name: '@flotilla/node', version: '1.2.3' },
            spans: [
              {
                traceId: 'a'.repeat(32),
                spanId: 'b'.repeat(16),
                parentSpanId: 'c'.repeat(16),
                name: 'GET /v1/node',
                kind: 2,
                startTimeUnixNano: '1700000000123500000',
                endTimeUnixNano: '1700000000124000000',
                attributes: [
                  { key: 'http.route', value: { stringValue: '/v1/node' } },
                  { key: 'http.response.status_code', value: { intValue: '500' } },
                  { key: 'ok', value: { boolValue: false } },
                  { key: 'share', value: { doubleValue: 0.5 } },
                ],
                status: { code: 2, message: '500' },
              },
            ],
          },
        ],
      },
    ],
  })
})

test('a collector that hangs holds nothing up: what does not fit is dropped, all is counted', async () => {
  const registry = new PrometheusRegistry()
  const signals: AbortSignal[] = []
  const post: OtlpExporterOptions['post'] = async (_place, _document, signal) => {
    signals.push(signal)
    await once(signal, 'abort')
    throw new Error('it took too long')
  }
  const { exporter: told, clock } = exporter({ post, metrics: registry })
  const { traceSpansQueuedMax, traceBatchSpansMax, traceSendMsMax } = nodeLimitsDefaults
  for (let taken = 0; taken < traceSpansQueuedMax + traceBatchSpansMax + 10; taken++) told.take(span)
  expect(signals).toHaveLength(1)
  clock.advance(traceSendMsMax)
  await expect.poll(() => registry.text()).toContain(`spans_total{outcome="failed"} ${traceBatchSpansMax}`)
  expect(registry.text()).toContain('spans_total{outcome="dropped"} 10')
  const closing = told[Symbol.asyncDispose]()
  await Promise.resolve()
  clock.advance(traceSendMsMax)
  await closing
})

test('where to send is the setting, or else what OpenTelemetry calls it', () => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318/otlp' }
  expect(otlpPlace('', environment)?.url.href).toBe('https://collector:4318/otlp/v1/traces')
  expect(otlpPlace('http://here/x', environment)?.url.href).toBe('http://here/x')
  const exact = { ...environment, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/y' }
  expect(otlpPlace('', exact)?.url.href).toBe('http://t/y')
  for (const text of ['', 'not an address', 'ftp://there']) {
    expect(otlpPlace('', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text })).toBeUndefined()
  }
})
