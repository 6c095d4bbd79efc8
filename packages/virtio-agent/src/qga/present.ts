import type { ExactJson, ExactObject } from '../lines/index.ts'

/** Without the fields that are undefined: an optional field of a reply is absent, never null. */
export function present(fields: Readonly<Record<string, ExactJson | undefined>>): ExactObject {
  const reply: Record<string, ExactJson> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) reply[name] = value
  return reply
}
