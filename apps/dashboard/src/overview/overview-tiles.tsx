import type { VNode } from 'preact'
import type { BlobStatsAnswer } from '../answers/blob-answers.ts'
import type { LocksAnswer, RaftAnswer } from '../answers/group-answers.ts'
import type { VmsAnswer } from '../answers/machine-answers.ts'
import { useLive } from '../live/live-hooks.ts'
import type { LiveValue } from '../live/live-store.ts'
import { Tile, Tiles } from '../parts/tile.tsx'
import { counted, countText, percentText, sizeText, unknownText } from '../words/amounts.ts'
import { nameOf } from '../words/names.ts'
import type { NodeView } from './node-view.ts'

interface OverviewTilesProps {
  readonly views: readonly NodeView[]
  readonly raft: RaftAnswer | undefined
}

export function OverviewTiles({ views, raft }: OverviewTilesProps): VNode {
  const locks = useLive<LocksAnswer>('locks?limit=200')
  const blobs = useLive<BlobStatsAnswer>('blob-stats')
  const { value: vms } = useLive<VmsAnswer>('vms')
  const reached = views.filter(({ tone }) => tone === 'good').length
  const stale = views.filter(({ machine }) => machine?.stale === true).length
  const counts = views.flatMap(({ machine }) => machine?.figures.processCount ?? [])
  const processes = counts.reduce((sum, count) => sum + count, 0)
  const there = vms?.vms.filter(({ state }) => state === 'there').length ?? 0
  return (
    <Tiles label="Figures">
      <Tile
        title="Nodes"
        amount={`${reached} of ${views.length}`}
        note={reached === views.length ? 'all are reached' : 'are reached'}
        {...(reached === views.length ? {} : { tone: 'warn' as const })}
      />
      <LeaderTile raft={raft} />
      <LocksTile {...locks} />
      <BlobsTile {...blobs} />
      <Tile
        title="Processes"
        href="#/processes"
        amount={counts.length === 0 ? unknownText : countText(processes)}
        note={stale === 0 ? `on ${counted(counts.length, 'machine')}` : `${counted(stale, 'machine')} not heard of`}
      />
      <Tile
        title="VMs"
        href="#/vms"
        amount={vms === undefined ? unknownText : countText(vms.vms.length)}
        note={vms?.vms.length === 0 ? 'none is found' : `${there} with an agent`}
      />
    </Tiles>
  )
}

function LeaderTile({ raft }: Pick<OverviewTilesProps, 'raft'>): VNode {
  const [group] = raft?.groups ?? []
  if (group === undefined) {
    const note = raft?.state === 'client' ? 'this node asks those that decide' : 'no group'
    return <Tile title="Leader" href="#/locks" amount={unknownText} note={note} />
  }
  const voters = group.members.filter(({ part }) => part === 'voter').length
  if (group.leader === null)
    return <Tile title="Leader" href="#/locks" amount="nobody" note="being elected" tone="warn" />
  const note = `${counted(voters, 'voter')} decide`
  return <Tile title="Leader" href="#/locks" amount={nameOf(group.leader)} note={note} />
}

function LocksTile({ value, failure }: LiveValue<LocksAnswer>): VNode {
  if (value === undefined || failure !== undefined) {
    return <Tile title="Locks" href="#/locks" amount={unknownText} note={failure?.message ?? ''} />
  }
  const held = value.locks.reduce((sum, { holding }) => sum + holding, 0)
  const waiting = value.locks.reduce((sum, lock) => sum + lock.waiting, 0)
  return <Tile title="Locks" href="#/locks" amount={`${countText(held)} held`} note={`${countText(waiting)} waiting`} />
}

function BlobsTile({ value, failure }: LiveValue<BlobStatsAnswer>): VNode {
  if (value === undefined) {
    return <Tile title="Blobs" href="#/blobs" amount={unknownText} note={failure?.message ?? ''} />
  }
  const { blobs, blobBytes, savedBytes, diskBytes, replication } = value
  const short = replication?.blobsShort ?? 0
  const saved =
    blobBytes === null || savedBytes === null || blobBytes === 0 ? '' : `, ${percentText(savedBytes / blobBytes)} saved`
  const note = short > 0 ? `${countText(short)} short of copies` : `${counted(blobs, 'blob')}${saved}`
  return (
    <Tile
      title="Blobs"
      href="#/blobs"
      amount={sizeText(blobBytes ?? diskBytes)}
      note={note}
      {...(short > 0 ? { tone: 'warn' as const } : {})}
    />
  )
}
