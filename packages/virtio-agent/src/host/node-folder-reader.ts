import { readdir } from 'node:fs/promises'
import type { FolderReader } from './channel-finding.ts'

/** Folders of this machine. One that is not there, or that we may not read, has nothing for us. */
export function folderReader(): FolderReader {
  return {
    async names(folder) {
      try {
        return await readdir(folder)
      } catch {
        return []
      }
    },
  }
}
