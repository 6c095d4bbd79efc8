import { FlotillaError, InvariantError } from '@flotilla/core/errors'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { toCatalogueError } from './node-sqlite-error.ts'

const codes: readonly (readonly [said: string, code: string])[] = [
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_CORRUPT_INDEX', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_ERROR', 'corrupt'],
  ['SQLITE_ERROR_SNAPSHOT', 'io-failed'],
  ['SQLITE_BUSY', 'in-use'],
  ['SQLITE_LOCKED_SHAREDCACHE', 'in-use'],
  ['SQLITE_IOERR_WRITE', 'io-failed'],
  ['SQLITE_READONLY', 'io-failed'],
]

describe('what SQLite says', () => {
  test.each(codes)('%s is %s', (said, code) => {
    const cause = new SqliteDatabase.SqliteError('as it says', said)
    expect(toCatalogueError(cause, 'the catalogue')).toMatchObject({
      code,
      cause,
      message: 'the catalogue: as it says',
      hint: expect.any(String) as string,
    })
  })

  test('of a statement that does not fit the schema is damage: ours do', () => {
    using database = closing(new SqliteDatabase(':memory:'))
    let thrown: unknown
    try {
      database.prepare('SELECT position FROM chunks')
    } catch (error) {
      thrown = error
    }
    expect(toCatalogueError(thrown, 'the catalogue')).toMatchObject({ code: 'corrupt' })
  })

  test('leaves our own errors and bugs as they are', () => {
    for (const error of [new FlotillaError('closed', 'x'), new InvariantError('x'), new TypeError('x')]) {
      expect(toCatalogueError(error, 'the catalogue')).toBe(error)
    }
  })
})

function closing(database: SqliteDatabase.Database): SqliteDatabase.Database & Disposable {
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() })
}
