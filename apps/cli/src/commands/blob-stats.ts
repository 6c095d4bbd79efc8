import { bytesText } from '@flotilla/core/text'
import { withBlobCodes } from '../blobs/blob-failure.ts'
import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const blobStatsCommand: Command = {
  name: 'blob stats',
  summary: 'how much is kept on this node, what sharing saves, and whether copies are missing',
  usage: 'flotilla blob stats [--data FOLDER]',
  examples: [['flotilla blob stats', 'how much is kept here, and what sharing saves']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const stats = await withBlobCodes(() => client.get('/v1/blob-stats', readStats))
    return { exitCode: exitCodes.ok, lines: linesOf(stats), document: { stats } }
  },
}

type Stats = ReturnType<typeof readStats>
type Replication = ReturnType<typeof readReplication>

function readStats(answer: NodeAnswer) {
  return {
    blobs: answer.count('blobs'),
    blobBytes: answer.optional('blobBytes', () => answer.count('blobBytes')) ?? null,
    names: answer.count('names'),
    chunks: answer.count('chunks'),
    chunkBytes: answer.count('chunkBytes'),
    savedBytes: answer.optional('savedBytes', () => answer.count('savedBytes')) ?? null,
    diskBytes: answer.count('diskBytes'),
    keyEpoch: answer.count('keyEpoch'),
    chunksWithOlderKeys: answer.count('chunksWithOlderKeys'),
    replication: answer.optional('replication', () => readReplication(answer.object('replication'))) ?? null,
  }
}

function readReplication(answer: NodeAnswer) {
  return {
    blobs: answer.count('blobs'),
    blobsShort: answer.count('blobsShort'),
    blobsOutOfReach: answer.texts('blobsOutOfReach'),
    bytesToRepair: answer.count('bytesToRepair'),
    repairing: answer.flag('repairing'),
    copiesSpare: answer.count('copiesSpare'),
    tombstones: answer.count('tombstones'),
    peers: answer.list('peers').map((peer) => ({
      id: peer.text('id'),
      name: peer.text('name'),
      alive: peer.flag('alive'),
      untrusted: peer.flag('untrusted'),
      freeBytes: peer.count('freeBytes'),
      blobs: peer.count('blobs'),
      lies: peer.count('lies'),
    })),
  }
}

function linesOf(stats: Stats): readonly Line[] {
  const { blobs, blobBytes, names, chunks, savedBytes, diskBytes, keyEpoch, chunksWithOlderKeys, replication } = stats
  const disk = ['disk', `${bytesText(diskBytes)} in ${chunks} pieces`]
  const others = replication === null ? [] : replicationRows(replication)
  if (blobBytes === null || savedBytes === null) {
    const what = `${blobs}; this node keeps copies that it cannot read (its role is replica)`
    return columns([['blobs', what], disk, ...others])
  }
  const share = blobBytes === 0 ? '' : `, ${Math.round((100 * savedBytes) / blobBytes)} %`
  const older = chunksWithOlderKeys === 0 ? '' : `; ${chunksWithOlderKeys} pieces are still sealed with older ones`
  return columns([
    ['blobs', `${blobs} with ${bytesText(blobBytes)}, under ${names} names`],
    ['saved', `${bytesText(savedBytes)}${share}, by sharing and compression`],
    disk,
    ['key', `number ${keyEpoch}${older}`],
    ...others,
  ])
}

function replicationRows(replication: Replication): readonly (readonly string[])[] {
  const { blobs, blobsShort, blobsOutOfReach, bytesToRepair, repairing, tombstones, peers } = replication
  const state = repairing ? 'being copied' : 'to be copied'
  return [
    ['cluster', `${blobs} blobs are known in it, ${tombstones} deletions not yet to all`],
    ['copies', blobsShort === 0 ? 'none is missing' : `${blobsShort} short, ${bytesText(bytesToRepair)} ${state}`],
    ...(blobsOutOfReach.length === 0 ? [] : [['lost', `${blobsOutOfReach.length} out of reach now`]]),
    ...peers.map(({ id, name, alive, untrusted, blobs: held, freeBytes, lies }) => {
      const words = [
        alive ? 'there' : 'away',
        ...(untrusted ? ['untrusted'] : []),
        ...(lies > 0 ? [`${lies} lies`] : []),
      ]
      return ['at', `${name === '' ? id : name}: ${held} blobs, ${bytesText(freeBytes)} free, ${words.join(', ')}`]
    }),
  ]
}
