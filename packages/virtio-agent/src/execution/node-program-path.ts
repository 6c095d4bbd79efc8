import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'

/** Where programs are where nobody says so. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The file of a program, looked for in the path unless it has a slash; rejects with what is wrong with it. */
export async function programPath(path: string, searched: string = process.env['PATH'] ?? usualPath): Promise<string> {
  if (path === '' || path.includes('\0')) throw missing(path)
  const isWindows = process.platform === 'win32'
  // Windows looks for several endings; its own search does that.
  if (isWindows) return path
  const places = path.includes('/') ? [path] : searched.split(delimiter).map((folder) => join(folder || '.', path))
  let found: string | undefined
  for (const place of places) {
    const isFile = await stat(place).then(
      (facts) => facts.isFile(),
      () => false,
    )
    if (!isFile) continue
    found ??= place
    if (await mayRun(place)) return place
  }
  if (found === undefined) throw missing(path)
  throw new FlotillaError('not-permitted', `${shown(path)} may not be run`, {
    hint: 'is it executable, for the agent?',
  })
}

function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function missing(path: string): FlotillaError {
  return new FlotillaError('not-found', `there is no program ${shown(path)}`)
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 256))
}
