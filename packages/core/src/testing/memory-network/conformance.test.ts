import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../ids/index.ts'
import type { NetworkLimits } from '../../network/index.ts'
import { Prng } from '../../random/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { networkConformance, type NetworkHarness } from '../network-conformance/index.ts'
import { AdversarialWire } from './adversarial-wire.ts'
import { memoryHub } from './hub.ts'
import { turns } from './turns.ts'
import { directWire, type Wire } from './wire.ts'

/** Turns of the microtask queue within which everything in memory has happened. */
const turnsMax = 100_000
const settlingTurns = 2_000

async function harnessOver(wire: Wire, limits: NetworkLimits): Promise<NetworkHarness> {
  const clock = new ManualClock()
  const errors: unknown[] = []
  const hub = memoryHub({ clock, wire, limits, onHandlerError: ({ error }) => errors.push(error) })
  const members = ['a', 'b', 'c'].map((id) => hub.join(id as NodeId))
  const [a, b, c] = members.map(({ network }) => network)
  if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes joined')
  const settle = (): Promise<void> => turns(settlingTurns)
  return {
    nodes: [a, b, c],
    stranger: 'nobody' as NodeId,
    async until(what, condition) {
      for (let turn = 0; !condition(); turn++) {
        if (turn === turnsMax) throw new Error(`it did not come to pass that ${what}`)
        await Promise.resolve()
      }
    },
    settle,
    async elapse(durationMs) {
      clock.advance(durationMs)
      await settle()
    },
    close: async (id) => members.find(({ network }) => network.self === id)?.[Symbol.asyncDispose](),
    cut: async (one, other) => hub.disconnect(one, other),
    heal: async (one, other) => hub.connect(one, other),
    handlerErrors: () => errors,
    async [Symbol.asyncDispose]() {
      for (const member of members) await member[Symbol.asyncDispose]()
    },
  }
}

/** An adversary that lets one thing happen in each turn. */
function restlessWire(seed: number): Wire {
  const adversary = new AdversarialWire(new Prng(seed))
  let busy = false
  const turn = (): void => {
    adversary.step()
    busy = adversary.held > 0
    if (busy) queueMicrotask(turn)
  }
  return {
    carry(frame, deliver) {
      adversary.carry(frame, deliver)
      if (!busy) queueMicrotask(turn)
      busy = true
    },
  }
}

test.for(networkConformance(async (limits) => harnessOver(directWire(), limits)))('$name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

describe.for([1, 2, 3])('over a wire that does its worst, seed %i', (seed) => {
  test.for(networkConformance(async (limits) => harnessOver(restlessWire(seed), limits)))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

test('cases that need what a harness cannot do are left out', () => {
  const make = async (limits: NetworkLimits): Promise<NetworkHarness> => harnessOver(directWire(), limits)
  const names = networkConformance(make).map(({ name }) => name)
  const fewer = networkConformance(make, { without: ['cut', 'close', 'handler-errors'] }).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(fewer.length).toBeLessThan(names.length)
  expect(names).toEqual(expect.arrayContaining(fewer))
})
