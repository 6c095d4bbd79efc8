import type { ExactJson } from './json-value.ts'

/** In ASCII, on one line, with every whole number exact. A number that JSON cannot say is null. */
export function writeJson(value: ExactJson): string {
  return written(value)
}

const beyondAscii = /[\u007f-\uffff]/g

function written(value: ExactJson): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return writtenText(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly ExactJson[]).map(written).join(',')}]`
  const members: string[] = []
  for (const [name, member] of Object.entries(value)) {
    // A field that is not there is left out, as JSON.stringify does.
    if (member !== undefined) members.push(`${writtenText(name)}:${written(member)}`)
  }
  return `{${members.join(',')}}`
}

function writtenText(text: string): string {
  return JSON.stringify(text).replace(beyondAscii, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
