import { readdir } from 'node:fs/promises'
import { cliLimitsDefaults } from '../limits.ts'

/** Files that begin so; a folder with a slash behind it. */
export async function fileNames(start: string): Promise<readonly string[]> {
  const folder = start.slice(0, start.lastIndexOf('/') + 1)
  const name = start.slice(folder.length)
  try {
    const entries = await readdir(folder === '' ? '.' : folder, { withFileTypes: true })
    const found = entries.filter((entry) => entry.name.startsWith(name) && (name !== '' || !entry.name.startsWith('.')))
    return found
      .slice(0, cliLimitsDefaults.candidatesMax)
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
  } catch {
    return []
  }
}
