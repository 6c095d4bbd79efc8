import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'
import { parsePrivatePages } from './process-memory.ts'
import { parseProcessTraffic } from './process-traffic.ts'

const encoder = new TextEncoder()

describe('/proc/PID/statm', () => {
  const privatePages = (text: string): number => parsePrivatePages(encoder.encode(text), text.length)

  test('counts the resident pages that are nobody else’s', () => {
    expect(privatePages('292411 24913 11264 22960 0 55467 0\n')).toBe(24_913 - 11_264)
    expect(privatePages('0 0 0 0 0 0 0\n')).toBe(0)
  })

  test('never counts less than none, as the two are counted one after the other', () => {
    expect(privatePages('100 10 11 0 0 0 0\n')).toBe(0)
  })

  test.for(['', '1', '1 2', '1 2 3', '1  2 3 4', '-1 2 3 4', 'a b c d'])('is refused: %j', (text) => {
    expect(privatePages(text)).toBe(-1)
  })

  test('is a whole number or -1, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.stringMatching(/^[0-9 \n-]*$/).map((text) => encoder.encode(text)),
        ),
        (bytes) => {
          expect(parsePrivatePages(bytes, bytes.length)).toBeGreaterThanOrEqual(-1)
        },
      ),
    )
  })
})

describe('/proc/PID/io', () => {
  const text =
    'rchar: 323934931\nwchar: 323929600\nsyscr: 632687\nsyscw: 632675\nread_bytes: 4096\nwrite_bytes: 323932160\n' +
    'cancelled_write_bytes: 7\n'
  const traffic = (of: string): unknown => {
    const into = { readBytes: -1, writtenBytes: -1 }
    const bytes = encoder.encode(of)
    return parseProcessTraffic(bytes, bytes.length, into) ? into : undefined
  }

  test('has what went from and to disks', () => {
    expect(traffic(text)).toEqual({ readBytes: 4_096, writtenBytes: 323_932_160 })
  })

  test('is refused where one of the two is missing, or a line has another form', () => {
    expect(traffic(text.replace('read_bytes', 'read_bytez'))).toBeUndefined()
    expect(traffic(text.replace('\nwrite_bytes', '\nwrite_byte'))).toBeUndefined()
    expect(traffic(text.replace('323932160', 'many'))).toBeUndefined()
    expect(traffic(text.slice(0, text.indexOf('2160')))).toBeUndefined()
    expect(traffic('')).toBeUndefined()
  })

  test('never throws, whatever the bytes', () => {
    const into = { readBytes: 0, writtenBytes: 0 }
    const piece = fc.constantFrom('read_bytes', 'write_bytes', ': ', ':', '\n', '12', 'x')
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.array(piece).map((pieces) => encoder.encode(pieces.join(''))),
    )
    fc.assert(
      fc.property(bytes, (all) => {
        expect([true, false]).toContain(parseProcessTraffic(all, all.length, into))
      }),
      { numRuns: 500 },
    )
  })
})

describe('/proc/PID/cmdline', () => {
  test.for([
    ['node\0app.js\0', 'node app.js'],
    ['nginx: worker process                \0\0\0\0', 'nginx: worker process'],
    ['sh\0-c\0\0x\0', 'sh -c  x'],
    ['', ''],
    ['\0\0', ''],
  ])('%j', ([text, command]) => {
    expect(parseCommandLine(text as string)).toBe(command)
  })

  test('has no zero byte, whatever a process has written over its arguments', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseCommandLine(text)).not.toContain('\0')
      }),
    )
  })
})
