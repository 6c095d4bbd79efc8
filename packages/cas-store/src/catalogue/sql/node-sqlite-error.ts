import { FlotillaError, InvariantError } from '@flotilla/core/errors'
import SqliteDatabase from 'better-sqlite3'
import { catalogueError, type CatalogueErrorCode } from '../catalogue-error.ts'

/** What SQLite has said, in the words of the port. Our own errors and bugs pass as they are. */
export function toCatalogueError(error: unknown, subject: string): Error {
  if (error instanceof FlotillaError || error instanceof InvariantError) return error
  if (!(error instanceof SqliteDatabase.SqliteError)) return error instanceof Error ? error : new Error(String(error))
  return catalogueError(codeOf(error.code), `${subject}: ${error.message}`, error)
}

function codeOf(code: string): CatalogueErrorCode {
  if (code === 'SQLITE_FULL') return 'disk-full'
  // `SQLITE_ERROR`: our statements fit the schema, so what they do not fit, or its number, is damaged.
  if (/^SQLITE_(CORRUPT|NOTADB|ERROR$)/.test(code)) return 'corrupt'
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return 'in-use'
  return 'io-failed'
}
