import type { CertificateFacts } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import { expect, test } from 'vitest'
import type { Settings } from '../settings/settings.ts'
import { LookingRights } from './looking-rights.ts'

const roles = ['node', 'operator', 'agent', 'replica'] as const
const id = (name: string): NodeId => name as NodeId

function rights(allowed: Settings['process-control'], hasCluster: boolean = true): LookingRights {
  const standings = {
    certificateOf: (node: NodeId) => {
      const role = roles.find((each) => node.startsWith(each))
      return role === undefined ? undefined : ({ role } as CertificateFacts)
    },
    isRevoked: (node: NodeId) => node.endsWith('revoked'),
  }
  return new LookingRights({
    self: id('self'),
    allowed: () => allowed,
    standings: () => (hasCluster ? standings : undefined),
  })
}

const everybody = ['self', ...roles, 'node revoked', 'operator revoked', 'stranger'].map(id)

test('nodes and operators look at machines, and nobody else', () => {
  expect(everybody.filter(rights('nodes').admits)).toEqual(['node', 'operator'])
  expect(everybody.filter(rights('nodes', false).admits)).toEqual([])
})

test.each<[Settings['process-control'], string[]]>([
  ['own', ['self']],
  ['operators', ['self', 'operator']],
  ['nodes', ['self', 'node', 'operator']],
])('with %s, these have something done', (allowed, expected) => {
  expect(everybody.filter(rights(allowed).permits)).toEqual(expected)
  expect(everybody.filter(rights(allowed, false).permits)).toEqual(['self'])
})

test('what is allowed is what the setting says at that moment', () => {
  const settings: { allowed: Settings['process-control'] } = { allowed: 'own' }
  const standings = { certificateOf: () => ({ role: 'node' }) as CertificateFacts, isRevoked: () => false }
  const { permits } = new LookingRights({
    self: id('self'),
    allowed: () => settings.allowed,
    standings: () => standings,
  })
  expect(permits(id('node'))).toBe(false)
  settings.allowed = 'nodes'
  expect(permits(id('node'))).toBe(true)
})
