import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSixAddresses } from './addresses.ts'
import { keysIn, withKeys, withoutKeys } from './authorized-keys.ts'
import { pciFolderOf, placeOfDisk } from './disk-place.ts'
import { parseFileMode } from './file-mode.ts'
import { parseLocalAddresses, placeOfAddress } from './local-addresses.ts'
import { parseLoginRecords } from './login-records.ts'
import { parseMounts } from './mounts.ts'
import { parseNetworkCounters } from './network-counters.ts'
import { parseFourRoutes, parseSixRoutes } from './routes.ts'
import { parsePasswordEntry, parseTrimmed, parseZone } from './said.ts'
import { parseDiskStatistics, parseLoad, parseProcessorTimes } from './statistics.ts'
import { parseVariables } from './variables.ts'

/** Pieces of what the kernel writes, so that much of it is nearly right. */
const words =
  ' |\n|\t|:|=|"|\'|\\|\\040| - |/|0|1|254:0|cpu0|eth0|vda|-1|ffffffff|ext4|/dev/vda|rw|0000:00:02.0/|virtio1/|CET +01'
const pieces = [...words.split('|'), '0'.repeat(32), '9'.repeat(400)]
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')),
)

const parsers: Readonly<Record<string, (given: string) => unknown>> = {
  addresses: parseSixAddresses,
  counters: parseNetworkCounters,
  disks: parseDiskStatistics,
  fileMode: parseFileMode,
  fourRoutes: (given) => parseFourRoutes(given, false),
  keys: (given) => [keysIn(given), withoutKeys(given, [given]), withKeys(given, [], false)],
  load: parseLoad,
  locals: (given) => [parseLocalAddresses(given), placeOfAddress(given, parseFourRoutes(given, false))],
  mounts: parseMounts,
  password: (given) => parsePasswordEntry(given, '1'),
  place: (given) => [placeOfDisk(given), pciFolderOf(given)],
  processors: parseProcessorTimes,
  sixRoutes: parseSixRoutes,
  trimmed: parseTrimmed,
  variables: parseVariables,
  zone: parseZone,
}

test.each(Object.entries(parsers))('%s: any text is understood or left out', (_, parse) => {
  fc.assert(
    fc.property(text, (given) => {
      expect(() => parse(given)).not.toThrow()
    }),
    { numRuns: 2_000 },
  )
})

test('any bytes are records of logins or are not', () => {
  const layout = fc.record({ isWide: fc.boolean(), isBigEndian: fc.boolean() })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), layout, (bytes, how) => {
      // Among other bytes, so that an offset from the wrong beginning is noticed.
      const view = Uint8Array.from([1, ...bytes, 1]).subarray(1, -1)
      expect(parseLoginRecords(view, how)).toEqual(parseLoginRecords(bytes, how))
    }),
    { numRuns: 2_000 },
  )
})

test('whatever is added is there, once, and can be removed', () => {
  const key = fc.stringMatching(/^ssh-[a-z0-9]{1,8} [A-Za-z0-9+/]{1,20}$/)
  const lines = fc.array(fc.oneof(key, fc.constantFrom('', '# note', '  ')), { maxLength: 10 })
  fc.assert(
    fc.property(lines, fc.array(key, { maxLength: 5 }), (before, keys) => {
      const added = withKeys(before.join('\n'), keys, false)
      for (const each of keys) expect(keysIn(added).filter((known) => known === each).length).toBeGreaterThan(0)
      expect(withKeys(added, keys, false)).toBe(added)
      const removed = keysIn(withoutKeys(added, keys))
      expect(removed).toEqual(keysIn(before.join('\n')).filter((known) => !keys.includes(known)))
    }),
  )
})
