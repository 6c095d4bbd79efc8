/** Something that ours does otherwise than the original, on purpose. */
export interface QgaDifference {
  readonly what: string
  readonly why: string
  readonly input: string
  /** The lines that the original (7.2) answers, without spaces. */
  readonly original: readonly string[]
  readonly ours: readonly string[]
}

const ping = '{"execute":"guest-ping"}\n'
const pong = '{"return":{}}'

function generic(desc: string): string {
  return JSON.stringify({ error: { class: 'GenericError', desc } })
}

/** Each is a test beside the original, where that is installed, and a line of the README. */
export const differences: readonly QgaDifference[] = [
  {
    what: 'It finds its way back at the next newline after garbage.',
    why: 'The original waits for brackets that never close, and libvirt never sends the 0xFF that would help.',
    input: `{"execute": guest\n${ping}`,
    original: [],
    ours: [generic("JSON parse error, invalid keyword 'guest'"), pong],
  },
  {
    what: 'A message that was cut off ends where the next command begins.',
    why: 'As above: a host that went away in the middle of a line must not silence the next one.',
    input: `{"execute":"guest-ping","id":\n${ping}{"execute":"guest-ping","id":2}\n`,
    original: [],
    ours: [generic('JSON parse error, a message begins within one that is not finished'), pong, '{"return":{},"id":2}'],
  },
  {
    what: 'What follows something wrong on the same line is skipped.',
    why: 'After garbage within a message only a newline is a safe place to begin anew.',
    input: `{"execute":"guest-ping",}${ping}`,
    original: [generic('JSON parse error, expecting value'), pong],
    ours: [generic('JSON parse error, expecting value')],
  },
  {
    what: 'Much that is wrong on one line is told once.',
    why: 'An answer to each byte of garbage would be many times as long as the garbage.',
    input: '{"execute":"guest-ping","id":%d}\n',
    original: [generic("JSON parse error, stray '%'"), generic('JSON parse error, expecting value')],
    ours: [generic("JSON parse error, stray '%'")],
  },
  {
    what: 'A number that is too great for JSON is refused.',
    why: 'The original answers with `inf`, which no parser of JSON accepts.',
    input: '{"execute":"guest-ping","id":1e400}\n',
    original: ['{"return":{},"id":inf}'],
    ours: [generic("JSON parse error, invalid keyword '1e400'")],
  },
]
