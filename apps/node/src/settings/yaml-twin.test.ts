import { Prng } from '@flotilla/core/random'
import { readFlatYaml } from '@flotilla/core/text'
import { expect, test } from 'vitest'
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'

/** What the library reads, in the form of ours: a file that we take means the same to every other program. */
function readByLibrary(text: string): unknown {
  const { contents, errors } = parseDocument(text, { schema: 'failsafe', uniqueKeys: false })
  if (errors.length > 0) return errors.map(({ message }) => message)
  // A mark that a document begins, and nothing after it.
  if (contents === null || (isScalar(contents) && contents.value === '')) return []
  if (!isMap(contents)) return 'no map'
  return contents.items.map(({ key, value }) => [textOf(key), isSeq(value) ? value.items.map(textOf) : textOf(value)])
}

function textOf(node: unknown): unknown {
  return isScalar(node) ? node.value : node
}

const words =
  'a:  |b-c:  |d:|e : |\n|\n|\n|\r\n|  - |- |-|[|]|, |,|"|\'|\\|#| #| |\t|x|y z|1|:|: |?|? |!|&|*|>|%|@|`|{|}|' +
  "---|...|''|\\\"|\\\\|::1|/p|~|\u2028|ü|\u00A0|<<: |=|null"
const pieces = [...words.split('|'), '|']

const files = [
  'port: 7400 # c\npeer:\n  - 192.0.2.1:1\n  - "[::1]:2"\n\n# d\nname: ann lee\n',
  'a: [x, \'y\', "z, \\"w\\"", ]\nb:\n- c\n- d-e\nf: \'\'\n',
  '---\nvm-channels: ["/run/vms/{vm}.sock", off]\ndata: /var/lib/flotilla\n',
]

function mangled(prng: Prng): string {
  let text = prng.chance(1, 4) ? '' : prng.pick(files)
  for (let times = prng.between(1, 8); times > 0; times--) {
    const at = prng.below(text.length + 1)
    const removed = prng.chance(1, 3) ? prng.below(4) : 0
    text = text.slice(0, at) + prng.pick(pieces) + text.slice(at + removed)
  }
  return text
}

test('whatever we read as a file, YAML reads too, and in the same way', () => {
  let read = 0
  for (let seed = 1; seed <= 6_000; seed++) {
    const text = mangled(new Prng(seed))
    const { entries, problems } = readFlatYaml(text)
    if (problems.length > 0) continue
    read++
    const ours = entries.map(({ key, isList, values }) => {
      const texts = values.map((value) => value.text)
      return [key, isList ? texts : texts[0]]
    })
    expect(readByLibrary(text), `seed ${seed}: ${JSON.stringify(text)}`).toEqual(ours)
  }
  expect(read).toBeGreaterThan(500)
})
