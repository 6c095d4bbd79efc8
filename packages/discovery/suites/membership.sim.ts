import { allFaults, repeat, type Host, type HostSpec, type Suite, type WorldView } from '@flotilla/sim'
import type { MemberMetadata } from '../src/member.ts'
import { createMembership } from '../src/membership/driver.ts'
import type { Membership } from '../src/membership/membership.ts'
import { cheapCredentials, cheapCrypto } from './membership/cheap-credentials.ts'
import { agreement, type Expected } from './membership/invariants/agreement.ts'
import { boundedTables } from './membership/invariants/bounded-tables.ts'
import { legalEvents } from './membership/invariants/legal-events.ts'
import { ownMetadata } from './membership/invariants/own-metadata.ts'
import { rightDegraded } from './membership/invariants/right-degraded.ts'
import { risingIncarnations } from './membership/invariants/rising-incarnations.ts'
import { AddressBook, simulatedDatagrams } from './membership/simulated-datagrams.ts'
import { TownHall, type Observer } from './membership/town-hall.ts'

/** What a host does once everything is mended: most stay, one falls silent, one says goodbye. */
type Fate = 'stays' | 'falls-silent' | 'leaves'

interface Town {
  readonly world: WorldView
  readonly hall: TownHall
  readonly book: AddressBook
  readonly fates: ReadonlyMap<string, Fate>
  readonly gone: Set<string>
}

const membersMax = 16
const diskFaults: ReadonlySet<string> = new Set(['disk-stalls', 'disk-full', 'sync-failures', 'bit-rot'])

/** Longer than a crash may still last that began before the mending; then somebody goes. */
const calmMs = 10_000

export const suite: Suite = {
  name: 'membership',
  summary: 'Members find out who lives, who died and who left, whatever the network and the machines do.',
  seeds: 500,
  faults: allFaults.filter((kind) => !diskFaults.has(kind)),
  safetyMs: 8_000,
  healMs: 40_000,
  begin(world) {
    const names = ['ann', 'bob', 'cid', 'dan', 'eve'].slice(0, world.random.between(3, 5))
    const [silent, leaving] = world.random.shuffled(names)
    const fates = new Map<string, Fate>(
      names.map((name) => [name, name === silent ? 'falls-silent' : name === leaving ? 'leaves' : 'stays']),
    )
    const town: Town = { world, hall: new TownHall(), book: new AddressBook(), fates, gone: new Set() }
    const expected = (): readonly Expected[] => {
      if (town.gone.size < 2) return []
      return names.map((name) => ({ id: world.idOf(name), statuses: statusesOf(fates.get(name)) }))
    }
    const agreed = agreement(
      town.hall,
      'Once everything is mended, everybody sees all that live, and that the others are dead or left.',
      expected,
    )
    return {
      hosts: names.map((name, place): HostSpec => ({ name, start: (host) => live(town, host, place) })),
      invariants: [
        risingIncarnations(town.hall),
        legalEvents(town.hall),
        ownMetadata(town.hall),
        boundedTables(town.hall, membersMax),
      ],
      progress: [agreed, rightDegraded(town.hall, () => agreed.seen())],
    }
  },
}

function statusesOf(fate: Fate | undefined): Expected['statuses'] {
  if (fate === 'falls-silent') return ['dead']
  return fate === 'leaves' ? ['left'] : ['alive']
}

/** One life of one member: it changes what it says of itself now and then, until it goes. */
async function live(town: Town, host: Host, place: number): Promise<AsyncDisposable> {
  const { world, hall, book, fates, gone } = town
  const fate = fates.get(host.name) ?? 'stays'
  if (fate !== 'stays' && gone.has(host.name)) return { [Symbol.asyncDispose]: () => Promise.resolve() }
  const address = { host: `10.0.0.${place + 1}`, port: 7_000 + host.incarnation }
  const datagrams = simulatedDatagrams(host, book, address)
  let changes = 0
  const say = (): MemberMetadata =>
    hall.publish(host.id, {
      name: host.name,
      roles: ['node'],
      capabilities: [],
      version: `${host.incarnation}.${++changes}`,
      addresses: [address],
      load: 0,
    })
  const membership = createMembership({
    datagrams,
    network: host.network,
    credentials: cheapCredentials(host.id),
    crypto: cheapCrypto,
    clock: host.clock,
    prng: host.random.split('membership'),
    metadata: say(),
    settings: { membersMax, exchangeIntervalMs: 10_000 },
  })
  const observer: Observer = { name: host.name, id: host.id, membership, events: [] }
  hall.observers.set(host.name, observer)
  const reading = readEvents(membership, observer)
  let mendedAt: number | undefined
  const acting = repeat(host, {
    pauseMs: [200, 2_000],
    async act() {
      if (world.isMended()) mendedAt ??= world.nowMs()
      hearBeacon(town, host, membership)
      // From then on nobody has news of its own, so that only refutations bring the living back.
      if (mendedAt === undefined) membership.setMetadata(say())
      else if (fate !== 'stays' && world.nowMs() - mendedAt >= calmMs) await go()
    },
  })
  const go = async (): Promise<void> => {
    if (gone.has(host.name)) return
    gone.add(host.name)
    hall.observers.delete(host.name)
    if (fate === 'leaves') await membership.leave()
    await membership[Symbol.asyncDispose]()
  }
  return {
    async [Symbol.asyncDispose]() {
      await acting[Symbol.asyncDispose]()
      if (hall.observers.get(host.name) === observer) hall.observers.delete(host.name)
      if (host.random.chance(1, 3)) await membership.leave()
      await membership[Symbol.asyncDispose]()
      await datagrams[Symbol.asyncDispose]()
      await reading
    },
  }
}

/** Of somebody who is there or not any more; some beacons ask. */
function hearBeacon({ world, hall, book, fates }: Town, host: Host, membership: Membership): void {
  const name = host.random.pick([...fates.keys()])
  const id = world.idOf(name)
  const address = book.addressOf(id)
  const question = host.random.chance(1, 2) ? hall.observers.get(name)?.membership.question : undefined
  if (id === host.id || address === undefined) return
  const shown = { id, datagramAddresses: [address], proof: cheapCredentials(id).proof() }
  membership.meet(question === undefined ? shown : { ...shown, question })
}

async function readEvents(membership: Membership, observer: Observer): Promise<void> {
  for await (const event of membership.events()) observer.events.push(event)
}
