import { FlotillaError } from '@flotilla/core/errors'
import type { GroupName } from './types.ts'

/** Returns the text as the name of a group, or throws `wrong-name`. */
export function parseGroupName(text: string): GroupName {
  if (/^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/.test(text) && text.length <= 64) return text as GroupName
  throw new FlotillaError('wrong-name', `${JSON.stringify(text.slice(0, 64))} is no name for a group`, {
    hint: 'use 1 to 64 lower case letters, digits and dashes, in parts joined by "/", none beginning with a dash',
  })
}
