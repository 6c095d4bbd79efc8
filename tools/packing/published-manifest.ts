import type { Manifest } from '../checks/workspace.ts'

/** What package.json has to change before the package can be published, as sentences. */
export function manifestSentences(manifest: Manifest): readonly string[] {
  const { exports = {}, publishConfig = {}, files, scripts, version } = manifest
  const sentences: string[] = []
  const published = publishConfig.exports ?? {}
  for (const [key, source] of Object.entries(exports)) {
    const wanted = typeof source === 'string' ? source.replace(/^\.\/src\/(.*)\.ts$/, './dist/$1.js') : source
    if (published[key] === wanted) continue
    sentences.push(`publishConfig.exports must have "${key}": ${JSON.stringify(wanted)}, as follows from exports`)
  }
  for (const key of Object.keys(published)) {
    if (!(key in exports)) sentences.push(`publishConfig.exports has ${key}, which exports does not have: remove it`)
  }
  if (version === undefined) sentences.push('has no version: start with 0.1.0, from there changesets raise it')
  if (files?.join() !== 'dist') sentences.push('publishes other files than it should: set "files" to ["dist"]')
  if (scripts?.['prepack']?.endsWith('/tools/packing/build.ts') !== true) {
    sentences.push('is not built when it is packed: set the script "prepack" to "node ../../tools/packing/build.ts"')
  }
  return sentences
}
