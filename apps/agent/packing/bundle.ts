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
  return withoutWideText(loadLate(main.code))
}

/**
 * The text is in memory as long as the program runs, and one letter beyond Latin-1 would make all of it twice as large.
 * Such letters are in strings, patterns and comments, where an escape says the same, unless it is escaped itself.
 */
function withoutWideText(script: string): string {
  if (/\\[^\0-\u007f]/.test(script)) throw new Error('a letter beyond ASCII follows a backslash: write it as an escape')
  return script.replaceAll(/[^\0-\u007f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
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
