import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { WantedChunk } from '../../tree/contract.ts'
import type { ChunkId } from '../../types.ts'
import type { FetchEffect } from '../fetching/fetch-effects.ts'
import { FetchPlan } from '../fetching/fetch-plan.ts'
import { keyOf, type ChunkKey } from '../fetching/planned-chunk.ts'
import { validateTransferSettings, type TransferSettings } from '../limits.ts'

const small: Partial<TransferSettings> = {
  batchBytesFirst: 2_048,
  batchBytesMax: 2_048,
  batchChunksMax: 4,
  peerBytesInFlightMax: 8_192,
  sourceBytesInFlightMax: 16_384,
  listBytesMax: 1_024,
}

export function chunk(number: number, kind: 'data' | 'list' = 'data', size: number = 1_000): WantedChunk {
  return { id: number.toString(16).padStart(64, '0') as ChunkId, kind, size }
}

export function chunks(count: number, from: number = 0): WantedChunk[] {
  return Array.from({ length: count }, (_, index) => chunk(from + index))
}

export function planFor(peers: readonly NodeId[], settings: Partial<TransferSettings> = {}): FetchPlan {
  const plan = new FetchPlan(validateTransferSettings({ ...small, ...settings }))
  plan.holders(peers)
  return plan
}

export function at(ms: number): Millis {
  return ms as Millis
}

export type Ask = Extract<FetchEffect, { type: 'ask' }>

export function asks(effects: readonly FetchEffect[]): readonly Ask[] {
  return effects.filter((effect) => effect.type === 'ask')
}

/** Opens whatever the plan wants opened, and returns what it asks. */
export function opened(plan: FetchPlan, now: Millis = at(0)): readonly Ask[] {
  const effects = plan.advance(now)
  for (const effect of effects) if (effect.type === 'open') plan.opened(effect.peer)
  return [...asks(effects), ...asks(plan.advance(now))]
}

export function give(plan: FetchPlan, ask: Ask, now: Millis, lacking: readonly ChunkKey[] = []): readonly ChunkKey[] {
  const given = ask.wanted.map(keyOf).filter((key) => !lacking.includes(key))
  const bytes = given.length * 1_000
  return plan.answered({ peer: ask.peer, batch: ask.batch, given, lacking, bytes }, now)
}
