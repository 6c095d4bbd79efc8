import { builtinModules } from 'node:module'
import { rolldown } from 'rolldown'

/** The file and all that it imports as one script for a browser, its exports in the global `name`. */
export async function bundleForBrowser(file: string, name: string): Promise<string> {
  await using bundle = await rolldown({
    input: file,
    platform: 'browser',
    plugins: [
      {
        name: 'no-node-modules',
        resolveId(source, importer) {
          if (!source.startsWith('node:') && !builtinModules.includes(source)) return
          throw new Error(`${importer ?? file} imports ${source}, which browsers do not have`)
        },
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'iife', name })
  return output[0].code
}
