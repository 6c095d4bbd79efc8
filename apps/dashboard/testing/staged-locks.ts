const party = (name: string, owner: string, mode = 'exclusive', session = 1): object => ({
  session,
  name,
  owner,
  mode,
  permits: 0,
})

export function locks(): object {
  const holder = (name: string, owner: string, token: number, value = '', mode = 'exclusive'): object => ({
    ...party(name, owner, mode),
    token,
    value,
    heldMs: 42_000,
  })
  const waiter = (name: string, owner: string, mode = 'exclusive'): object => ({
    ...party(name, owner, mode),
    waitedMs: 3_200,
  })
  const lock = (key: string, holders: readonly object[], waiters: readonly object[] = [], capacity = 0): object => ({
    key,
    capacity,
    holding: holders.length,
    waiting: waiters.length,
    token: 118,
    delayedMs: 0,
    holders,
    waiters,
  })
  return {
    locks: [
      lock('backup/nightly', [holder('bob', 'tx-2', 117, 'cron on bob')], [waiter('ann', 'tx-1')]),
      lock('build/runners', [{ ...holder('cleo', 'ci', 101), mode: 'permits', permits: 3 }], [], 4),
      lock('deploy/web', [holder('ann', 'tx-1', 118, 'release 41')], [waiter('bob', 'tx-2'), waiter('cleo', 'tx-9')]),
      lock('schema', [holder('ann', 'r1', 90, '', 'shared'), holder('cleo', 'r2', 91, '', 'shared')]),
    ],
    next: null,
  }
}

export function deadlocks(): object {
  const ann = party('ann', 'tx-1')
  const bob = party('bob', 'tx-2')
  const cleo = party('cleo', 'tx-9')
  const wait = (key: string, waiter: object, blocker: object, blockerHolds = true): object => ({
    key,
    waiter,
    blocker,
    blockerHolds,
  })
  const text = 'ann/tx-5 waits for b, which bob/tx-6 holds; bob/tx-6 waits for a, which ann/tx-5 holds'
  return {
    deadlocks: [{ key: 'a', victim: bob, cycle: [], text, agoMs: 312_000 }],
    waits: [
      wait('backup/nightly', ann, bob),
      wait('deploy/web', bob, ann),
      wait('deploy/web', cleo, ann),
      wait('deploy/web', cleo, bob, false),
    ],
  }
}
