/**
 * One node of a benchmark, as a process of its own: UDP, discovery, membership and transport as they are wired in the
 * daemon, with all settings at their defaults. It is forked, told who it is, and tells what it sees.
 */
import { checkCertificate, readAuthority, type CertificateFacts } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { createTransport } from '@flotilla/transport'
import { tlsLinks } from '@flotilla/transport/node'
import { createDiscovery, createMembership, datagramLanes, memoryPeerStore } from '../src/index.ts'
import type { Address, Credentials, MemberMetadata } from '../src/index.ts'
import { udpDatagrams } from '../src/node.ts'
import type { NodeOrders, NodeReport } from './cluster-processes.ts'

process.once('message', (orders: NodeOrders) => void run(orders))
process.once('disconnect', () => process.exit(0))
tell({ type: 'loaded' })

async function run(orders: NodeOrders): Promise<void> {
  const clock = nodeClock()
  const crypto = nodeCrypto()
  const entropy = nodeEntropy()
  const secretKey = bytesOf(orders.secretKey)
  const certificate = bytesOf(orders.certificate)
  const authority = bytesOf(orders.authority)
  const authorityFacts = readAuthority(crypto, authority)
  const facts = checkCertificate({ crypto, authority, certificate, now: clock.wallNow() })
  const known = new Map<string, ReturnType<Credentials['check']>>()
  const credentials: Credentials = {
    self: facts.id,
    cluster: facts.cluster,
    proof: () => certificate,
    sign: (bytes) => crypto.ed25519.sign(secretKey, bytes),
    check(proof) {
      const key = Buffer.from(proof).toString('base64')
      const member =
        known.get(key) ??
        checkCertificate({ crypto, authority: authorityFacts, certificate: proof, now: clock.wallNow() })
      known.set(key, member)
      return member
    },
  }
  const seed = new DataView(entropy.bytes(4).buffer).getUint32(0)
  const links = tlsLinks({
    identity: { secretKey, certificate, authority },
    listen: [{ host: '127.0.0.1', port: 0 }],
    clock,
  })
  const transport = await createTransport({ self: facts, links, clock, entropy })
  const datagrams = await udpDatagrams({ clock, beaconPort: orders.beaconPort, loopback: true, interfaces: ['lo'] })
  const lanes = datagramLanes(datagrams)
  const { network } = transport
  const membership = createMembership({
    datagrams: lanes.membership,
    network,
    credentials,
    crypto,
    clock,
    prng: new Prng(seed),
    metadata: metadataOf(facts, transport.addresses),
  })
  const events = membership.events()
  tell({ type: 'ready' })
  createDiscovery({
    datagrams: lanes.beacons,
    network,
    credentials,
    crypto,
    store: memoryPeerStore(),
    clock,
    prng: new Prng(seed).split('discovery'),
    entropy,
    listening: () => transport.addresses,
    onTargets: (targets) => transport.setTargets(targets),
    onFound: (member) => membership.meet(member),
    question: membership.question,
  })
  for await (const event of events) {
    const alive = membership.members().filter(({ status }) => status === 'alive').length
    tell({ type: 'members', alive })
    if (event.type === 'failed') tell({ type: 'failed', name: event.member.metadata.name })
  }
}

function metadataOf({ name, role }: CertificateFacts, addresses: readonly Address[]): MemberMetadata {
  return { name, roles: [role], capabilities: [], version: '0.1.0', addresses, load: 0 }
}

function tell(report: NodeReport): void {
  // When the bench has ended there is nobody to be told.
  process.send?.(report, undefined, {}, () => {})
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
