import { assert } from '../errors/index.ts'
import { glimpse } from './glimpse.ts'
import { passing, refuse, shownText, shownValue } from './refusal.ts'
import type { AnySchema, Infer, Schema } from './schema.ts'

export interface CountLimit {
  /** The most items or entries that it may have. */
  readonly countMax: number
}

export function array<Of extends AnySchema>(of: Of, { countMax }: CountLimit): Schema<readonly Infer<Of>[]> {
  assertCount('array', countMax)
  const { depth, read, write } = of as unknown as Schema<unknown>
  return {
    depth: depth + 1,
    read(reader) {
      const start = reader.position
      const count = reader.arrayCount()
      if (count === -1) refuse('wrong-shape', `must be a list, got ${glimpse(reader, start)}`)
      checkCount(count, countMax)
      reader.admit(count, 1)
      const items: unknown[] = []
      try {
        while (items.length < count) items.push(read(reader))
      } catch (error) {
        passing(error, `[${items.length}]`)
        throw error
      }
      return items as Infer<Of>[]
    },
    write(writer, items) {
      if (!Array.isArray(items)) refuse('wrong-shape', `must be a list, got ${shownValue(items)}`)
      checkCount(items.length, countMax)
      writer.admit(items.length)
      writer.arrayHead(items.length)
      let index = 0
      try {
        for (; index < items.length; index++) write(writer, items[index])
      } catch (error) {
        passing(error, `[${index}]`)
        throw error
      }
    },
  }
}

/** Keys that the schema does not know beforehand. A `Map`, in which no key means anything to JavaScript. */
export function map<Key extends string, Of extends AnySchema>(
  key: Schema<Key>,
  of: Of,
  { countMax }: CountLimit,
): Schema<ReadonlyMap<Key, Infer<Of>>> {
  assertCount('map', countMax)
  const { depth, read, write } = of as unknown as Schema<unknown>
  return {
    depth: depth + 1,
    read(reader) {
      const start = reader.position
      const count = reader.mapCount()
      if (count === -1) refuse('wrong-shape', `must be a map, got ${glimpse(reader, start)}`)
      checkCount(count, countMax)
      reader.admit(count, 2)
      const entries = new Map<Key, unknown>()
      let at = '[key 0]'
      try {
        while (entries.size < count) {
          const name = key.read(reader)
          at = `[${shownText(name)}]`
          if (entries.has(name)) refuse('wrong-shape', 'comes twice')
          entries.set(name, read(reader))
          at = `[key ${entries.size}]`
        }
      } catch (error) {
        passing(error, at)
        throw error
      }
      return entries as Map<Key, Infer<Of>>
    },
    write(writer, entries) {
      if (!(entries instanceof Map)) refuse('wrong-shape', `must be a map, got ${shownValue(entries)}`)
      checkCount(entries.size, countMax)
      writer.admit(entries.size)
      writer.mapHead(entries.size)
      for (const [name, value] of entries as ReadonlyMap<Key, unknown>) {
        try {
          key.write(writer, name)
          write(writer, value)
        } catch (error) {
          passing(error, `[${shownValue(name)}]`)
          throw error
        }
      }
    },
  }
}

function checkCount(count: number, countMax: number): void {
  if (count > countMax) refuse('too-large', `has ${count} items; at most ${countMax} are taken`)
}

function assertCount(what: string, countMax: number): void {
  assert(Number.isInteger(countMax) && countMax >= 0 && countMax < 2 ** 32, `${what}: countMax is a whole number`)
}
