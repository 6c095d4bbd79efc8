import { expect, test } from 'vitest'
import { summaryOf } from './summary.ts'

test('a summary says what machines are compared by, no more exactly than is worth a message', () => {
  expect(
    summaryOf({
      wallMs: 1,
      bootId: 'b',
      uptimeMs: 90_000,
      processor: { usage: 0.123_456, cores: [{ core: 0 }, { core: 1 }], load: [1.234_567, 0, 0] },
      memory: {
        totalBytes: 16_000_000_001,
        usedBytes: 1_234_567,
        availableBytes: 1,
        swapTotalBytes: 0,
        swapUsedBytes: 0,
      },
      disks: [
        { name: 'sda', readBytesPerSecond: 1_234 },
        { name: 'sdb', readBytesPerSecond: 10 },
      ],
      fileSystems: [
        { mount: '/', device: 'a', type: 'ext4', isReadOnly: false, isHung: false, usedBytes: 1, availableBytes: 3 },
        {
          mount: '/cd',
          device: 'b',
          type: 'iso9660',
          isReadOnly: true,
          isHung: false,
          usedBytes: 1,
          availableBytes: 0,
        },
        { mount: '/nfs', device: 'c', type: 'nfs', isReadOnly: false, isHung: true },
      ],
      temperatures: [
        { name: 'a', celsius: 40.2 },
        { name: 'b', celsius: 61.3 },
      ],
      problems: [],
    }),
  ).toEqual({
    uptimeMs: 120_000,
    processor: 0.123,
    cores: 2,
    load1: 1.23,
    memoryUsedBytes: 1_230_000,
    memoryTotalBytes: 16_000_000_001,
    swapUsedBytes: 0,
    diskReadBytesPerSecond: 1_200,
    fullestFileSystem: 0.25,
    hottestCelsius: 61.5,
  })
})

test('what is not known is not told', () => {
  expect(summaryOf({ wallMs: 1, bootId: 'b', disks: [{ name: 'sda' }], temperatures: [], problems: [] })).toEqual({})
})
