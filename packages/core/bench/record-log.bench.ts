import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { diskPath } from '@flotilla/core/disk'
import { nodeDisk } from '@flotilla/core/disk/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { openRecordLog } from '@flotilla/core/record-log'
import type { Bench, Figure, Peer, Place, Running } from '@flotilla/core/testing'
import Database from 'better-sqlite3'
import { withVersion } from './installed-version.ts'
import { outstanding } from './operation.ts'

const record = Buffer.alloc(256, 0xa5)
const path = diskPath('log')
/** Of what is read back. */
const recordsHeld = 10_000
/** Of the file that the floor writes to, about what SQLite's write-ahead log takes. */
const bareBytes = 4 * 2 ** 20

/** Each of so many callers appends a record, waits until it is durable, and appends the next. */
async function appending({ folder }: Place, atOnce: number): Promise<Running> {
  const disk = await nodeDisk({ folder })
  const log = await openRecordLog({ disk, path, entropy: nodeEntropy() })
  return {
    ...outstanding(atOnce, () => {
      log.append([record])
      return log.sync()
    }),
    async stop() {
      await log[Symbol.asyncDispose]()
      await disk[Symbol.asyncDispose]()
    },
  }
}

interface Table {
  readonly database: Database.Database
  readonly insert: (rows: number) => void
}

function openTable({ folder }: Place): Table {
  const database = new Database(join(folder, 'records.db'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE record (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL)')
  const statement = database.prepare('INSERT INTO record (bytes) VALUES (?)')
  const insert = database.transaction((rows: number) => {
    for (let row = 0; row < rows; row++) statement.run(record)
  })
  return { database, insert }
}

const sqlite = `${withVersion('better-sqlite3')}, WAL, synchronous=FULL`

function inserting(atOnce: number): Peer {
  return {
    name: sqlite,
    settings: 'to append, a prepared insert, as many rows in a transaction as are outstanding for us',
    start(place) {
      const { database, insert } = openTable(place)
      return { work: (count) => inBatches(count, atOnce, () => insert(atOnce)), stop: () => void database.close() }
    },
  }
}

function inBatches(count: number, atOnce: number, batch: () => void): number {
  let done = 0
  for (; done < count; done += atOnce) batch()
  return done
}

/**
 * The same bytes without headers, checksums, or anybody who waits for a part of them, over and over the same blocks: a
 * file that grows makes the file system write its own journal with each sync, which costs as much again.
 * Asynchronous, as ours has to be; SQLite blocks the thread, and with one caller that saves it the way to another one.
 */
async function bareWriting({ folder }: Place, atOnce: number): Promise<Running> {
  const file = await open(join(folder, 'bare'), 'w')
  await file.write(Buffer.alloc(bareBytes))
  await file.sync()
  const batch = Buffer.alloc(atOnce * record.length, 0xa5)
  let position = 0
  return {
    async work(count) {
      let done = 0
      for (; done < count; done += atOnce) {
        if (position + batch.length > bareBytes) position = 0
        await file.write(batch, 0, batch.length, position)
        await file.datasync()
        position += batch.length
      }
      return done
    },
    stop: () => file.close(),
  }
}

function appendFigure(atOnce: number): Figure {
  return {
    metric: `durable append of 256 B, ${atOnce} outstanding`,
    unit: 'records',
    ours: (place) => appending(place, atOnce),
    peers: [inserting(atOnce)],
    floor: { name: 'write and fdatasync of as many bytes, no growth', start: (place) => bareWriting(place, atOnce) },
  }
}

async function fillLog({ folder }: Place, records: number): Promise<number> {
  await using disk = await nodeDisk({ folder })
  await using log = await openRecordLog({ disk, path, entropy: nodeEntropy() })
  log.append(Array.from({ length: records }, () => record))
  await log.sync()
  return log.end
}

async function readingBack(place: Place): Promise<Running> {
  await fillLog(place, recordsHeld)
  const disk = await nodeDisk(place)
  const log = await openRecordLog({ disk, path, entropy: nodeEntropy() })
  return {
    async work(passes) {
      let bytesRead = 0
      for (let pass = 0; pass < passes; pass++) {
        for await (const { bytes } of log.records()) bytesRead += bytes.length
      }
      return bytesRead / record.length
    },
    async stop() {
      await log[Symbol.asyncDispose]()
      await disk[Symbol.asyncDispose]()
    },
  }
}

function selecting(place: Place): Running {
  const { database, insert } = openTable(place)
  insert(recordsHeld)
  const statement = database.prepare<[], Buffer>('SELECT bytes FROM record ORDER BY position').pluck()
  return {
    work(passes) {
      let bytesRead = 0
      for (let pass = 0; pass < passes; pass++) for (const bytes of statement.all()) bytesRead += bytes.length
      return bytesRead / record.length
    },
    stop: () => void database.close(),
  }
}

/** Opens a log that was closed, which reads it all, and closes it again. */
async function recovering(records: number, place: Place): Promise<Running> {
  const bytes = await fillLog(place, records)
  const reopen = async (): Promise<void> => {
    await using disk = await nodeDisk(place)
    await using _log = await openRecordLog({ disk, path, entropy: nodeEntropy() })
  }
  return { ...outstanding(1, reopen), bytes }
}

export const bench: Bench = {
  name: 'record-log',
  summary:
    'A log of 256 B records on a real disk; "durable" is fdatasync for everybody. Ours checks every record it reads.',
  figures: [
    ...[1, 64, 256].map(appendFigure),
    {
      metric: 'read back 10,000 records',
      unit: 'records',
      ours: readingBack,
      peers: [
        {
          name: sqlite,
          settings: 'to read, a prepared select of all rows in one call, which is twice as fast as its iterator',
          start: selecting,
        },
      ],
    },
  ],
  curves: [{ metric: 'open (recover) and close', items: 'records of 256 B', start: recovering }],
}
