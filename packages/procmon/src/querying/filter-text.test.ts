import * as fc from 'fast-check'
import { FlotillaError } from '@flotilla/core/errors'
import { expect, test } from 'vitest'
import { parseProcessFilter } from './filter-text.ts'

const refused = (filter: string): string => {
  try {
    parseProcessFilter(filter)
  } catch (error) {
    if (error instanceof FlotillaError && error.code === 'wrong-query') return error.sentence
    throw error
  }
  return 'nothing'
}

test('what people write', () => {
  expect(parseProcessFilter('cpu>10% user=root node')).toEqual({ processorMin: 0.1, user: 'root', text: 'node' })
  expect(parseProcessFilter('')).toEqual({})
  expect(parseProcessFilter('  cpu > 150 ')).toEqual({ processorMin: 1.5 })
  expect(parseProcessFilter('mem>=200M')).toEqual({ residentBytesMin: 200 * 2 ** 20 })
  expect(parseProcessFilter('memory>1.5GiB')).toEqual({ residentBytesMin: 1.5 * 2 ** 30 })
  expect(parseProcessFilter('memory>5%')).toEqual({ memoryMin: 0.05 })
  expect(parseProcessFilter('state=running,Zombie pid=1,4711')).toEqual({
    states: ['running', 'zombie'],
    pids: [1, 4_711],
  })
  expect(parseProcessFilter('node server.js')).toEqual({ text: 'node server.js' })
  expect(parseProcessFilter('"a=b  c" CPU>1')).toEqual({ text: 'a=b  c', processorMin: 0.01 })
  expect(parseProcessFilter('text="two words"')).toEqual({ text: 'two words' })
  expect(parseProcessFilter('--port=80')).toEqual({ text: '--port=80' })
})

test('what makes no sense is refused, with what to write', () => {
  expect(refused('cpu<10')).toBe('"cpu" is compared with > or >=: write cpu>10%')
  expect(refused('user>root')).toBe('"user" is compared with =: write user=root')
  expect(refused('cpu>lots')).toContain('"lots" in the filter is no number: write cpu>10%')
  expect(refused('memory>1.2.3M')).toContain('no number')
  expect(refused('cpu>')).toBe('nothing stands after cpu>: write cpu>10%')
  expect(refused('colour=red')).toContain('a filter knows no "colour", only cpu, memory, user')
  expect(refused('state=asleep')).toContain('"asleep"; it must be one of running, sleeping')
  expect(refused('pid=one')).toContain('write pid=1,4711')
  expect(refused('cpu>1 cpu>2')).toContain('says cpu twice')
  expect(refused('cpu>1% memory>101%')).toContain('memoryMin is 1.01; it must be a number from 0 to 1')
  expect(refused('text=a b')).toContain('looks for one text')
  expect(refused('"open')).toContain('a quote is open')
  expect(refused('user="ann')).toContain('a quote is open')
  expect(refused('x'.repeat(2_000))).toContain('at most 1024')
})

test('whatever is written is a query or a refusal', () => {
  const part = fc.constantFrom('cpu', 'mem', '>', '=', '<', '"', ' ', '10', '%', 'M', ',', 'a', 'state', 'running', '.')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part).map((parts) => parts.join('')),
      ),
      (filter) => {
        expect(refused(filter)).not.toBe('')
      },
    ),
    { numRuns: 2_000 },
  )
})
