/** What may stand at a place of a command line. */
export type WordKind =
  | { readonly type: 'choices'; readonly words: readonly string[] }
  /** Names that a running node knows. */
  | { readonly type: 'node' | 'lock' | 'blob' | 'vm' }
  | { readonly type: 'file' }
  | { readonly type: 'command' }
  | { readonly type: 'any' }

const any: WordKind = { type: 'any' }

/**
 * What a command takes besides its options, from how its usage is written, such as `flotilla vm services VM
 * [start|stop NAME] [--node NODE]`. The last one holds for all words after it where it may be repeated.
 */
export function wordKinds(name: string, usage: string): readonly WordKind[] {
  const rest = usage.slice(`flotilla ${name}`.length).split(' -- ', 1)[0] ?? ''
  // Options go first; they may hold other brackets only in their values.
  const words = rest.replaceAll(/\[--?[^\]]*\]/g, ' ').match(/\[[^\]]*\]+|\S+/g) ?? []
  return words.map((word) => kindOf(name, word.replaceAll(/[[\]]/g, '')))
}

/** What `--option PLACEHOLDER` takes; its description may list choices. */
export function optionKind(placeholder: string, description: string): WordKind {
  switch (placeholder) {
    case 'NODE':
      return { type: 'node' }
    case 'FILE':
    case 'FOLDER':
      return { type: 'file' }
    case 'KEY':
    case 'ROLE':
    case 'SIGNAL': {
      const listed = description.split(';', 1)[0] ?? ''
      return { type: 'choices', words: listed.match(/\b[A-Za-z][A-Za-z0-9]*\b(?=,| or |$| \(default\))/g) ?? [] }
    }
    default:
      return any
  }
}

function kindOf(name: string, word: string): WordKind {
  const bare = word.replaceAll('...', '')
  const choices = bare.split('|').map((choice) => choice.split(' ', 1)[0] ?? '')
  const literal = choices.filter((choice) => /^[a-z][a-z0-9-]*$/.test(choice))
  if (literal.length > 0) return { type: 'choices', words: literal }
  const [first = ''] = choices
  if (first === 'NODE') return { type: 'node' }
  if (first === 'VM') return { type: 'vm' }
  if (first === 'FILE' || first === 'FOLDER') return { type: 'file' }
  if (first === 'COMMAND') return { type: 'command' }
  const isBlob = name.startsWith('blob ')
  if (first === 'REF' || (isBlob && (first === 'PREFIX' || first === 'NAME'))) return { type: 'blob' }
  if (name.startsWith('lock ') && (first === 'KEY' || first === 'PREFIX')) return { type: 'lock' }
  return any
}
