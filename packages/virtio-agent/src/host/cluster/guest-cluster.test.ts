import type { NodeId } from '@flotilla/core/ids'
import { ManualClock, memoryHub } from '@flotilla/core/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GuestHost, VmOrder, VmOutcome, VmSummary } from '../contract.ts'
import { auditedArguments } from './answering.ts'
import type { GuestCluster, GuestOrderRecord } from './contract.ts'
import { createGuestCluster } from './guest-cluster.ts'
import { readQuestion, readReply, writeLine } from './wire.ts'

const summary = (vm: string): VmSummary => ({
  vm,
  state: 'there',
  dialect: 'own',
  commands: ['ping'],
  sinceMs: 5,
  figures: { processor: 0.5 },
  counters: { sessions: 1, metrics: 2, orders: 3, troubles: 4, cuts: 5 },
})

/** A host of scripted machines. */
function scriptedHost(vms: readonly string[], doing: (order: VmOrder) => Promise<VmOutcome>): GuestHost {
  const list = vms.map(summary)
  const never = (): never => {
    throw new Error('not asked for here')
  }
  return {
    list: () => list,
    watch: never,
    metrics: (vm) => ({
      summary: summary(vm),
      newest: { system: { wallMs: 1, bootId: vm, problems: [] } },
      history: [{ atMs: 1, figures: { load1: 2 } }],
    }),
    configure: never,
    usePatterns: never,
    order: (_vm, order) => doing(order),
    qga: never,
    processes: never,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

const obeyed = 'node-0' as NodeId
const [first, second] = [obeyed, 'node-1' as NodeId]

interface Town extends AsyncDisposable {
  readonly clock: ManualClock
  readonly clusters: readonly GuestCluster[]
  readonly records: GuestOrderRecord[]
}

function town(
  doing: (order: VmOrder) => Promise<VmOutcome> = () => Promise.resolve(done),
  admits: (node: NodeId) => boolean = () => true,
): Town {
  const clock = new ManualClock()
  const hub = memoryHub({ clock })
  const stack = new AsyncDisposableStack()
  const records: GuestOrderRecord[] = []
  const clusters = [first, second].map((id) =>
    stack.use(
      createGuestCluster({
        network: stack.use(hub.join(id)).network,
        host: scriptedHost([`vm of ${id}`.replaceAll(' ', '-')], doing),
        clock,
        admits,
        control: {
          permits: (from) => from === obeyed,
          audit: (record) => Promise.resolve(void records.push(record)),
        },
      }),
    ),
  )
  return { clock, clusters, records, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const done: VmOutcome = { ending: { type: 'done', value: { a: [1, null] } }, dropped: 0 }
const order = { command: 'service.start', arguments: { name: 'x' }, actor: 'ann', timeoutMs: 1_000 } as const

async function moved<Value>({ clock }: Town, work: Promise<Value>, durationMs = 0): Promise<Value> {
  const state = { isOver: false }
  const over = work.finally(() => (state.isOver = true))
  over.catch(() => {})
  for (let round = 0; round < 2_000 && !state.isOver; round++) {
    clock.advance(round === 200 ? durationMs : 1)
    await Promise.resolve()
  }
  return over
}

describe('two nodes', () => {
  test('each sees the machines of both, and the figures of one', async () => {
    await using both = town()
    const [one] = both.clusters as readonly [GuestCluster, GuestCluster]
    const { vms, unanswered } = await moved(both, one.list())
    expect(unanswered).toEqual([])
    expect(vms.map(({ node, vm }) => [node, vm])).toEqual([
      [first, 'vm-of-node-0'],
      [second, 'vm-of-node-1'],
    ])
    expect(vms[1]).toEqual({ ...summary('vm-of-node-1'), node: second })
    const metrics = await moved(both, one.metrics(second, 'vm-of-node-1'))
    expect(metrics).toMatchObject({ newest: { system: { bootId: 'vm-of-node-1' } }, history: [{ atMs: 1 }] })
  })

  test('an order goes to the node that has it, which permits it, notes it first, and hands progress on', async () => {
    const asked: VmOrder[] = []
    await using both = town((wanted) => {
      asked.push(wanted)
      wanted.onProgress?.({ type: 'output', stream: 'stderr', bytes: Uint8Array.of(1, 2, 255) })
      wanted.onProgress?.({ type: 'note', text: 'half' })
      return Promise.resolve(done)
    })
    const [one, two] = both.clusters as readonly [GuestCluster, GuestCluster]
    const pieces: unknown[] = []
    const onProgress = (piece: unknown): void => void pieces.push(piece)
    expect(await moved(both, one.order(second, 'vm-of-node-1', { ...order, onProgress }))).toEqual(done)
    expect(pieces).toEqual([
      { type: 'output', stream: 'stderr', bytes: Uint8Array.of(1, 2, 255) },
      { type: 'note', text: 'half' },
    ])
    expect(asked[0]).toMatchObject(order)
    expect(both.records.map(({ from, outcome }) => [from, outcome])).toEqual([
      [first, 'asked'],
      [first, 'done'],
    ])
    await expect(moved(both, two.order(first, 'vm-of-node-0', order))).rejects.toMatchObject({ code: 'not-permitted' })
    expect(both.records.at(-1)).toMatchObject({ from: second, outcome: 'refused' })
    expect(asked.length).toBe(1)
    // What changes nothing needs no permission, and is not written down.
    await moved(both, two.order(first, 'vm-of-node-0', { ...order, command: 'service.list' }))
    expect(both.records.length).toBe(3)
  })

  test('what becomes of it is written down, whatever it is', async () => {
    const endings: readonly VmOutcome['ending'][] = [
      { type: 'refused', code: 'not-signed', message: 'no' },
      { type: 'failed', code: 'timed-out', message: 'late' },
      { type: 'lost', mayHaveRun: true, message: 'gone' },
    ]
    for (const ending of endings) {
      await using both = town(() => Promise.resolve({ ending, dropped: 3 }))
      const [one] = both.clusters as readonly [GuestCluster]
      expect(await moved(both, one.order(second, 'vm-of-node-1', order))).toEqual({ ending, dropped: 3 })
      const { outcome, code } = both.records.at(-1) ?? {}
      expect([outcome, code]).toEqual([
        ending.type === 'refused' ? 'refused' : 'failed',
        'code' in ending ? ending.code : 'lost',
      ])
    }
  })

  test('an order that nobody waits for any more is taken back there', async () => {
    let taken: AbortSignal | undefined
    await using both = town(({ signal }) => {
      taken = signal
      return new Promise(() => {})
    })
    const [one] = both.clusters as readonly [GuestCluster]
    const controller = new AbortController()
    const asked = one.order(second, 'vm-of-node-1', { ...order, signal: controller.signal })
    asked.catch(() => {})
    await moved(both, new Promise<void>((resolve) => void waitFor(() => taken !== undefined, resolve)))
    controller.abort(new Error('enough'))
    await expect(moved(both, asked)).rejects.toThrow('enough')
    await moved(both, new Promise<void>((resolve) => void waitFor(() => taken?.aborted === true, resolve)))
    expect(taken?.aborted).toBe(true)
  })

  test('who does not admit the other shows nothing, and is named', async () => {
    await using both = town(
      () => Promise.resolve(done),
      (node) => node !== first,
    )
    const [, two] = both.clusters as readonly [GuestCluster, GuestCluster]
    expect((await moved(both, two.list())).vms.map(({ node }) => node)).toEqual([second])
    const [one] = both.clusters as readonly [GuestCluster]
    const { unanswered } = await moved(both, one.list())
    expect(unanswered).toEqual([{ node: second, why: expect.stringContaining('may not look') as string }])
  })
})

async function waitFor(isSo: () => boolean, then: () => void): Promise<void> {
  while (!isSo()) await Promise.resolve()
  then()
}

describe('lines between nodes', () => {
  test('whatever comes, it is read or refused as what it is', () => {
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
      fc
        .record({
          type: fc.constantFrom('vm', 'metrics', 'progress', 'ended', 'failed', 'list', 'order'),
          vm: fc.jsonValue(),
          metrics: fc.jsonValue(),
          piece: fc.jsonValue(),
          outcome: fc.jsonValue(),
          command: fc.constantFrom('ping', 'x'),
          arguments: fc.jsonValue(),
          actor: fc.jsonValue(),
          timeoutMs: fc.jsonValue(),
        })
        .map((value) => new TextEncoder().encode(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(line, (bytes) => {
        for (const read of [readQuestion, readReply]) expect(refusalOf(() => read(bytes))).toMatch(/^(|ProtocolError)$/)
      }),
      { numRuns: 2_000 },
    )
  })

  test('what is written is read', () => {
    const question = { type: 'order', vm: 'web', ...order } as const
    expect(readQuestion(writeLine(question).subarray(0, -1))).toEqual(question)
    const reply = { type: 'vm', vm: summary('web') } as const
    expect(readReply(writeLine(reply).subarray(0, -1))).toEqual(reply)
  })

  test('an audit log keeps what was run, and not what was sent along', () => {
    expect(auditedArguments({ path: 'sh', input: 'c2VjcmV0', environment: ['KEY=1'] })).toBe(
      '{"path":"sh","input":"not kept","environment":"not kept"}',
    )
    expect(auditedArguments({ script: 'x'.repeat(5_000) }).length).toBe(512)
  })
})

/** The name of what is thrown; empty where nothing is. */
function refusalOf(work: () => unknown): string {
  try {
    work()
    return ''
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}
