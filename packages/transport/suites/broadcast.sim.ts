import type { HostSpec, Suite } from '@flotilla/sim'
import { startHostile } from './broadcast/hostile-host.ts'
import { AsSigned } from './broadcast/invariants/as-signed.ts'
import { DeliveredOnce } from './broadcast/invariants/delivered-once.ts'
import { FloodsAreCut } from './broadcast/invariants/floods-are-cut.ts'
import { OnlyTheGuilty } from './broadcast/invariants/only-the-guilty.ts'
import { ReachesEverybody } from './broadcast/invariants/reaches-everybody.ts'
import { WithinLimits } from './broadcast/invariants/within-limits.ts'
import { Ledger } from './broadcast/ledger.ts'
import { startMember, type MeshWorld } from './broadcast/member-host.ts'
import { drawMesh } from './broadcast/mesh-plan.ts'

/** Signed broadcasts over lines, rings, trees and meshes, with members among them that have gone bad. */
export const suite: Suite = {
  name: 'broadcast',
  summary: 'Signed broadcasts reach a partially connected mesh, whatever hostile members do.',
  // A calendar that jumps by an hour shuts its node out until it is set right, which is meant.
  faults: [
    'loss',
    'duplication',
    'reordering',
    'slow-links',
    'one-way-cuts',
    'partitions',
    'crashes',
    'restarts',
    'pauses',
    'clock-drift',
  ],
  safetyMs: 12_000,
  healMs: 45_000,
  begin(world) {
    const plan = drawMesh(world.random)
    const ledger = new Ledger([...plan.correct, ...plan.hostile.keys()])
    const mesh: MeshWorld = { world, plan, ledger }
    const reaches = new ReachesEverybody(world, ledger, plan.correct)
    return {
      hosts: [
        ...plan.correct.map((name): HostSpec => ({ name, start: (host) => startMember(host, mesh) })),
        ...[...plan.hostile].map(([name, vice]): HostSpec => ({
          name,
          mortal: false,
          start: (host) => startHostile(host, mesh, vice),
        })),
      ],
      invariants: [
        reaches,
        new DeliveredOnce(ledger),
        new AsSigned(ledger, plan.correct),
        new FloodsAreCut(ledger),
        new OnlyTheGuilty(ledger, plan.hostile),
        new WithinLimits(ledger, plan.correct.length + plan.hostile.size),
      ],
      progress: [{ sentence: 'Broadcasts are made and reach everybody.', seen: () => reaches.checked >= 10 }],
    }
  },
}
