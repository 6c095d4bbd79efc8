import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createCodec } from './codec.ts'
import { parseColour, sampleSchema, type Sample } from './sample-message.ts'

type Term = Extract<Sample, { type: 'append' }>['term']

const codec = createCodec({ name: 'sample', schema: sampleSchema })

/** What version 1 wrote into `fixtures/v1/codec`, which changes never. */
const stored: Readonly<Record<string, Sample>> = {
  hello: {
    type: 'hello',
    colour: parseColour('red'),
    mode: 'exclusive',
    load: 0.25,
    labels: new Map([
      ['__proto__', 'a key like any other'],
      ['Schiff', '🚢 über 0'],
    ]),
    offset: -(2 ** 40),
  },
  idle: { type: 'hello', colour: parseColour('blue'), mode: 'shared', load: null, labels: new Map(), offset: -33 },
  append: {
    type: 'append',
    term: 300 as Term,
    isLast: true,
    previous: { index: 2 ** 32, term: 70_000 as Term },
    entries: Array.from({ length: 17 }, (_, index) => ({
      index: index * 16,
      payload: new Uint8Array(index * 20).fill(index),
      ...(index % 2 === 0 ? { note: 'n'.repeat(index * 17) } : {}),
    })),
  },
  bye: { type: 'bye', code: 0 },
}

for (const [name, message] of Object.entries(stored)) {
  const path = new URL(`../../fixtures/v1/codec/${name}.bin`, import.meta.url)

  test(`the stored message "${name}" decodes, and is encoded to the stored bytes`, async () => {
    if (process.env['UPDATE'] === '1') {
      await mkdir(new URL('.', path), { recursive: true })
      await writeFile(path, codec.encode(message), { flag: 'wx' })
    }
    const bytes = new Uint8Array(await readFile(path))
    expect(codec.decode(bytes)).toEqual(message)
    expect(codec.encode(message)).toEqual(bytes)
  })
}
