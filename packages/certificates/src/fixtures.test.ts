import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { WallMillis } from '@flotilla/core/time'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { certificateFromPem, checkCertificate, readAuthority } from './index.ts'
import { sampleCluster } from './sample-cluster.ts'

const crypto = nodeCrypto()
const stored = (name: string): string => readFileSync(new URL(`../fixtures/v1/${name}`, import.meta.url), 'utf8')

/** What was issued once must be read for as long as it is valid: these files never change. */
test('certificates of version 1 are read for ever', () => {
  const authority = certificateFromPem(stored('authority.pem'))
  const certificate = certificateFromPem(stored('member.pem'))
  const now = Date.UTC(2026, 2, 1, 12) as WallMillis
  expect(readAuthority(crypto, authority)).toMatchObject({
    cluster: 'fc15cj9085sjkrgvqlv0zm5hkwj9gw0r4llgavjxa',
    notBefore: Date.UTC(2026, 2, 1, 11, 55),
  })
  expect(checkCertificate({ crypto, authority, certificate, now })).toMatchObject({
    cluster: 'fc15cj9085sjkrgvqlv0zm5hkwj9gw0r4llgavjxa',
    id: 'fl1syugkacsrgqhfyxvve47efscg5zgmg690kykym',
    name: 'alpha',
    role: 'node',
    serial: '40111111111111111111111111111111',
    notBefore: Date.UTC(2026, 2, 1, 11, 55),
    notAfter: Date.UTC(2026, 2, 31, 12),
  })
})

test('and are still written so', () => {
  const { authority, certificate } = sampleCluster(crypto, Date.UTC(2026, 2, 1, 12))
  expect(certificateFromPem(stored('authority.pem'))).toEqual(authority.certificate)
  expect(certificateFromPem(stored('member.pem'))).toEqual(certificate)
})
