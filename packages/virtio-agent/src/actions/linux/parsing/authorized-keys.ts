import { QgaRefusal } from '../../../qga/contract.ts'

const keyCharactersMax = 16_384

/** The keys of a file, without comments and empty lines. */
export function keysIn(text: string): readonly string[] {
  return linesOf(text).filter((line) => !line.startsWith('#'))
}

/** With those keys that are not there yet, or with them alone; comments stay as long as the rest does. */
export function withKeys(text: string, keys: readonly string[], isReset: boolean): string {
  const kept = isReset ? [] : text.split('\n').map((line) => line.trimEnd())
  while (kept.at(-1) === '') kept.pop()
  const known = new Set(isReset ? [] : keysIn(text))
  for (const key of checkedKeys(keys)) {
    if (!known.has(key)) kept.push(key)
    known.add(key)
  }
  return kept.map((line) => `${line}\n`).join('')
}

export function withoutKeys(text: string, keys: readonly string[]): string {
  const gone = new Set(keys.map((key) => key.trim()))
  const lines = text.split('\n')
  return lines.filter((line) => line.trim() === '' || !gone.has(line.trim())).join('\n')
}

/** One line each. Empty ones are left out: libvirt ends its lists with one. */
function checkedKeys(keys: readonly string[]): readonly string[] {
  const checked = keys.map((key) => key.trim()).filter((key) => key !== '')
  for (const key of checked) {
    if (key.length > keyCharactersMax || key.startsWith('#') || /\p{Cc}/u.test(key.replaceAll('\t', ' '))) {
      throw new QgaRefusal(`that is no key for OpenSSH: ${JSON.stringify(key.slice(0, 64))}`)
    }
  }
  return checked
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
