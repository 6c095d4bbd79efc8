import { rolldown, type Plugin } from 'rolldown'
import { loadLate } from './late-modules.ts'

/** A program and all that it imports, Node's own modules excepted, as one file of CommonJS. */
export async function bundleProgram(file: string, platform: NodeJS.Platform = 'linux'): Promise<string> {
  const bundle = await rolldown({
    input: file,
    platform: 'node',
    plugins: [withoutOtherSystems(platform)],
    // What is not there here must not be looked for in the guest.
    onLog(level, log) {
      if (level === 'warn') throw new Error(`${file} cannot be bundled: ${log.message}`)
    },
  })
  const { output } = await bundle.generate({ format: 'cjs', codeSplitting: false })
  await bundle.close()
  const [main, ...others] = output
  if (others.length > 0) throw new Error(`${file} makes ${output.length} files; it has to be one`)
  return loadLate(main.code)
}

/** On Linux the kernel is read straight; what asks other systems is large, and would only take memory there. */
function withoutOtherSystems(platform: NodeJS.Platform): Plugin {
  return {
    name: 'without-other-systems',
    load(id) {
      if (platform !== 'linux' || !id.includes('/systeminformation/')) return undefined
      return 'export default {}'
    },
  }
}
