/** A key as it is called: a character as itself, everything else by a name, such as `up` or `ctrl-c`. */
export type Key = string

const named: Readonly<Record<string, Key>> = {
  '\u001B[A': 'up',
  '\u001BOA': 'up',
  '\u001B[B': 'down',
  '\u001BOB': 'down',
  '\u001B[C': 'right',
  '\u001BOC': 'right',
  '\u001B[D': 'left',
  '\u001BOD': 'left',
  '\u001B[5~': 'page-up',
  '\u001B[6~': 'page-down',
  '\u001B[H': 'home',
  '\u001B[1~': 'home',
  '\u001BOH': 'home',
  '\u001B[F': 'end',
  '\u001B[4~': 'end',
  '\u001BOF': 'end',
  '\u001B[Z': 'shift-tab',
  '\u001B[3~': 'delete',
  '\u001B': 'escape',
  '\t': 'tab',
  '\r': 'enter',
  '\n': 'enter',
  '\u007F': 'backspace',
  '\b': 'backspace',
}

/** An escape sequence, known or not; then any character. What is pasted in one piece is many keys. */
const piece = new RegExp(String.raw`${'\u001B'}(?:\[[0-9;?]*[ -/]*[@-~]|O[@-~])|[\s\S]`, 'gu')

/** What was pressed, from what the terminal sent in one piece; sequences that mean nothing here are left out. */
export function keysIn(text: string): readonly Key[] {
  return [...text.matchAll(piece)].flatMap(([sequence]) => {
    const name = named[sequence]
    if (name !== undefined) return [name]
    const code = sequence.charCodeAt(0)
    if (sequence.length > 1 && code === 0x1b) return []
    if (code < 0x20) return [`ctrl-${String.fromCharCode(code + 0x60)}`]
    return [sequence]
  })
}
