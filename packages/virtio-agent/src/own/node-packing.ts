import { gunzipSync, gzipSync } from 'node:zlib'
import type { Packing } from './packing.ts'

/** gzip, which every host can read. */
export function nodePacking(): Packing {
  return {
    encoding: 'gzip',
    pack: (bytes) => gzipSync(bytes, { level: 6 }),
    unpack: (bytes, bytesMax) => gunzipSync(bytes, { maxOutputLength: bytesMax }),
  }
}
