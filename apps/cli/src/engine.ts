/** As `engines` in package.json says it. */
const least = [24, 11] as const

/** Why this Node cannot run the program, as a sentence; undefined where it can. */
export function engineProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > least[0] || (major === least[0] && minor >= least[1])) return undefined
  const needs = `this is Node ${version}, and Flotilla needs ${least.join('.')} or newer`
  return `${needs}: start it with \`./flotilla\` in a checkout, which brings its own`
}
