/** Node's own modules that the agent may never need; each takes 1 to 3 MB from when it is loaded. */
const lateModules = ['node:child_process', 'node:sea', 'node:sqlite', 'node:zlib'] as const

/**
 * The script, with those modules loaded where they are used first and not at the start. It knows how the bundler
 * writes them, `let node_zlib = require("node:zlib")` and `node_zlib.gzipSync`, and refuses anything else.
 */
export function loadLate(script: string): string {
  let late = script
  for (const name of lateModules) {
    const variable = name.replaceAll(/\W/g, '_')
    const declaration = `let ${variable} = require("${name}");`
    if (!late.includes(declaration)) continue
    late = late.replace(declaration, `const ${variable}Late = () => require("${name}");`)
    // In parentheses, because `new late().Thing()` would make a new `late`.
    late = late.replaceAll(new RegExp(String.raw`\b${variable}\.`, 'g'), `(${variable}Late()).`)
    if (!new RegExp(String.raw`\b${variable}\b`).test(late)) continue
    throw new Error(`${name} is used in a way that packing/late-modules.ts does not know; teach it, or take it out`)
  }
  return late
}
