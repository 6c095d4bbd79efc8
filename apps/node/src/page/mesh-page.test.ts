import { expect, test } from 'vitest'
import type { ClusterAnswer, NodeEntry } from '../services/answers.ts'
import { meshSection } from './mesh-page.ts'

const place: ClusterAnswer = {
  cluster: {
    id: 'fc1abc',
    role: 'node',
    name: 'ann',
    authorityHeld: true,
    certificate: { serial: '40', notBefore: '', notAfter: '' },
  },
  listening: [],
}

const node: NodeEntry = {
  id: 'fl1qqqqqqqqqqqqqqqqqqqqqqqqqqqqq',
  name: '<b>bob</b>',
  self: false,
  status: 'alive',
  roles: ['node'],
  version: '0.1.0',
  addresses: ['192.0.2.1:7440'],
  connected: true,
  roundTripMs: 1.25,
  bytesIn: 2_048,
  bytesOut: 0,
  certificateNotAfter: null,
}

test('says what to do where there is no cluster', () => {
  const { text } = meshSection({ cluster: null, listening: [] }, { degraded: false, nodes: [] })
  expect(text).toContain('flotilla init')
  expect(text).toContain('flotilla join TOKEN')
})

test('shows the nodes, and takes nothing that they say for markup', () => {
  const { text } = meshSection(place, { degraded: false, nodes: [node] })
  expect(text).toContain('&lt;b&gt;bob&lt;/b&gt;')
  expect(text).not.toContain('<b>bob')
  for (const words of ['fl1qqqqqqqqq…', 'alive', 'connected', '1.3 ms', '2.0 KiB']) expect(text).toContain(words)
  expect(text).not.toContain('Degraded')
})

test('warns where this node sees less than a majority', () => {
  expect(meshSection(place, { degraded: true, nodes: [] }).text).toContain('Degraded')
})
