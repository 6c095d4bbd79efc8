import type { AnySchema, Infer, Schema } from './schema.ts'

const nil = Uint8Array.of(0xc0)

/** The value, or null. */
export function nullable<Of extends AnySchema>(of: Of): Schema<Infer<Of> | null> {
  const { depth, read, write } = of as unknown as Schema<unknown>
  return {
    depth,
    read: (reader) => (reader.takes(nil) ? null : (read(reader) as Infer<Of>)),
    write(writer, value) {
      if (value === null) writer.raw(nil)
      else write(writer, value)
    },
  }
}
