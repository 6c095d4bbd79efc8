import type { FileSystemReading } from '../../readings.ts'

/** What `stat -f -c '%S %b %f %a %c %d'` prints. */
export function parseSpace(text: string): NonNullable<FileSystemReading['space']> | undefined {
  if (!/^\d{1,20}(?: \d{1,20}){5}\s*$/.test(text)) return undefined
  const [blockBytes, blocks, free, available, files, filesFree] = text.trim().split(' ').map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return {
    totalBytes: blocks * blockBytes,
    freeBytes: free * blockBytes,
    availableBytes: available * blockBytes,
    files,
    filesFree,
  }
}
