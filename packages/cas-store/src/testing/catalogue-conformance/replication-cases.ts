import type { NodeId } from '@flotilla/core/ids'
import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { Catalogue, ShareRow } from '../../catalogue/contract.ts'
import { blobId, epoch1, epoch2, nodeId, statement, states, type Check } from './catalogue-under-test.ts'

/** Keys, shares, peers, statements, and what others have noted. */
export function replicationCases(check: Check): readonly ConformanceCase[] {
  return [...keyCases(check), ...shareCases(check), ...statementCases(check), ...statementFeedCases(check)]
}

function keyCases(check: Check): readonly ConformanceCase[] {
  return [
    check('keys: by epoch, each as it was set last', async (first, reopen) => {
      const key = (epoch: typeof epoch1, fill: number) => ({
        epoch,
        wrapped: new Uint8Array(60).fill(fill),
        atMs: fill,
      })
      const identity = key(0 as typeof epoch1, 3)
      await first.commit(
        [key(epoch2, 2), key(epoch1, 1), identity].map((row) => ({ type: 'set-key', key: row }) as const),
      )
      await first.commit([{ type: 'set-key', key: key(epoch1, 9) }])
      const next = await reopen(first)
      assert.deepEqual(await next.keys(), [identity, key(epoch1, 9), key(epoch2, 2)])
      await next.commit([
        { type: 'remove-key', epoch: epoch1 },
        { type: 'remove-key', epoch: epoch1 },
      ])
      assert.deepEqual(await next.keys(), [identity, key(epoch2, 2)])
      return next
    }),
    check('notes: kept until they are forgotten', async (first, reopen) => {
      await first.commit([
        { type: 'set-note', key: 'a', value: '1' },
        { type: 'set-note', key: 'b', value: '' },
      ])
      await first.commit([{ type: 'set-note', key: 'a', value: '2' }])
      const next = await reopen(first)
      assert.equal(await next.note('a'), '2')
      assert.equal(await next.note('b'), '')
      await next.commit([{ type: 'set-note', key: 'a', value: undefined }])
      assert.equal(await next.note('a'), undefined)
      return next
    }),
    check('seen files: each as it was seen last', async (first, reopen) => {
      const file = { path: 'd/\u{1f600}', signature: '1', blob: blobId(1) }
      await first.commit([{ type: 'see-file', file }])
      await first.commit([{ type: 'see-file', file: { ...file, signature: '2' } }])
      const next = await reopen(first)
      assert.deepEqual(await next.seenFile(file.path), { ...file, signature: '2' })
      assert.equal(await next.seenFile('d'), undefined)
      return next
    }),
  ]
}

async function allShares(catalogue: Catalogue, limit: number): Promise<readonly ShareRow[]> {
  const found: ShareRow[] = []
  for (let page = await catalogue.shares({ limit }); page.length > 0;) {
    found.push(...page)
    page = await catalogue.shares({ limit, after: page.at(-1) as ShareRow })
  }
  return found
}

function shareCases(check: Check): readonly ConformanceCase[] {
  const share = (blob: number, node: number): ShareRow => ({ blob: blobId(blob), node: nodeId(node) })
  const sets = (row: ShareRow) => ({ type: 'set-share', share: row }) as const
  const peer = (node: NodeId) =>
    ({ node, seenAtMs: 1, freeBytes: 2 ** 50, hasOursTo: 2, hasTheirsTo: 3, holdingsTo: 4 }) as const
  return [
    check('shares: who has what, in pages', async (first, reopen) => {
      const all = [share(1, 1), share(1, 2), share(2, 1), share(3, 3)]
      await first.commit([...all.toReversed(), share(1, 1)].map(sets))
      const next = await reopen(first)
      assert.deepEqual(await next.sharesOf(blobId(1)), [nodeId(1), nodeId(2)])
      assert.deepEqual(await next.sharesOf(blobId(9)), [])
      for (const limit of [1, 2, 3, 10]) assert.deepEqual(await allShares(next, limit), all)
      await next.commit([
        { type: 'remove-share', share: share(1, 1) },
        { type: 'remove-share', share: share(9, 1) },
      ])
      assert.deepEqual(await next.sharesOf(blobId(1)), [nodeId(2)])
      return next
    }),
    check('peers: each as it was set last; with one go its shares', async (first, reopen) => {
      await first.commit([nodeId(2), nodeId(1)].map((node) => ({ type: 'set-peer', peer: peer(node) })))
      await first.commit([{ type: 'set-peer', peer: { ...peer(nodeId(1)), hasOursTo: 9 } }])
      await first.commit([share(1, 1), share(1, 2), share(2, 1)].map(sets))
      const next = await reopen(first)
      assert.deepEqual(await next.peers(), [{ ...peer(nodeId(1)), hasOursTo: 9 }, peer(nodeId(2))])
      await next.commit([
        { type: 'remove-peer', node: nodeId(1) },
        { type: 'remove-peer', node: nodeId(7) },
      ])
      assert.deepEqual(await next.peers(), [peer(nodeId(2))])
      assert.deepEqual(await allShares(next, 10), [share(1, 2)])
      return next
    }),
  ]
}

function statementCases(check: Check): readonly ConformanceCase[] {
  return [
    check('statements: the newest wins, by stamp, then by author', async (first, reopen) => {
      const newest = statement('k', '5', { author: nodeId(2), envelope: Uint8Array.of(9), isGone: true })
      const older = [
        statement('k', '4', { author: nodeId(3) }),
        statement('k', '5', { author: nodeId(1) }),
        statement('k', '5', { author: nodeId(2), envelope: Uint8Array.of(8) }),
      ]
      await first.commit([states(older[0] ?? newest), states(older[1] ?? newest), states(newest)])
      for (const row of older) await first.commit([states(row)])
      const next = await reopen(first)
      assert.deepEqual(await next.statement('k'), newest)
      assert.equal(await next.statement('l'), undefined)
      return next
    }),
    check('statements: one is removed only if it is still that', async (catalogue) => {
      await catalogue.commit([states(statement('k', '5'))])
      await catalogue.commit([{ type: 'remove-statement', key: 'k', stamp: '4' }])
      assert.deepEqual(await catalogue.statement('k'), statement('k', '5'))
      await catalogue.commit([
        { type: 'remove-statement', key: 'k', stamp: '5' },
        { type: 'remove-statement', key: 'k', stamp: '5' },
      ])
      assert.equal(await catalogue.statement('k'), undefined)
      await catalogue.commit([states(statement('k', '3'))])
      assert.deepEqual(await catalogue.statement('k'), statement('k', '3'))
    }),
    check('statements: by key, with a prefix, in pages', async (catalogue) => {
      const keys = ['blob/1', 'blob/2', 'name/\u{1f600}', 'name/\uffff', 'name/a'].toSorted()
      await catalogue.commit(keys.toReversed().map((key) => states(statement(key, '1'))))
      const listed = async (prefix: string, after?: string): Promise<readonly string[]> => {
        const page = { prefix, limit: 2, ...(after === undefined ? {} : { after }) }
        return (await catalogue.statements(page)).map(({ key }) => key)
      }
      assert.deepEqual(await listed(''), keys.slice(0, 2))
      assert.deepEqual(await listed('name/'), keys.slice(2, 4))
      assert.deepEqual(await listed('name/', keys[3]), keys.slice(4))
      assert.deepEqual(await listed('name/', 'blob/2'), keys.slice(2, 4))
      assert.deepEqual(await listed('x'), [])
    }),
  ]
}

function statementFeedCases(check: Check): readonly ConformanceCase[] {
  return [
    check('feed of statements: each where it was heard last, in pages', async (first, reopen) => {
      const rows = ['a', 'b', 'c'].map((key) => statement(key, '1'))
      await first.commit(rows.map(states))
      const before = await first.statementsSince(0, 10)
      assert.deepEqual(
        before.map(({ row }) => row),
        rows,
      )
      const seen = before.at(-1)?.seq ?? 0
      await first.commit([states(statement('a', '0')), states(rows[1] ?? statement('b', '1'))])
      assert.deepEqual(await first.statementsSince(seen, 10), [])
      await first.commit([states(statement('a', '2'))])
      const next = await reopen(first)
      const since = await next.statementsSince(seen, 10)
      assert.deepEqual(
        since.map(({ row }) => row),
        [statement('a', '2')],
      )
      const page = await next.statementsSince(0, 2)
      assert.deepEqual(
        page.map(({ row }) => row.key),
        ['b', 'c'],
      )
      return next
    }),
    check('feed of statements: a number is not given twice, though its row is gone', async (first, reopen) => {
      await first.commit([states(statement('a', '1'))])
      const seen = (await first.statementsSince(0, 10)).at(-1)?.seq ?? 0
      await first.commit([{ type: 'remove-statement', key: 'a', stamp: '1' }])
      const next = await reopen(first)
      await next.commit([states(statement('b', '1'))])
      const since = await next.statementsSince(seen, 10)
      assert.deepEqual(
        since.map(({ row }) => row.key),
        ['b'],
      )
      return next
    }),
  ]
}
