/** @typedef {readonly [major: number, minor: number, patch: number]} Version */

/**
 * @param {string} text Such as `v24.21.0`, `24.11` or `26`.
 * @returns {Version}
 */
export function parseVersion(text) {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text)
  if (match === null) throw new Error(`"${text}" is not a version; write it as 24.11 or 24.11.0`)
  return [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)]
}

/**
 * Whether a version satisfies an `engines` entry. Only `>=VERSION` is understood: it is all that the house uses.
 * @param {string} version
 * @param {string} range
 * @returns {boolean}
 */
export function satisfies(version, range) {
  const least = /^>=\s*([\d.]+)$/.exec(range)?.[1]
  if (least === undefined) throw new Error(`engines.node is "${range}"; the set-up understands only ">=24.11"`)
  const [major, minor, patch] = parseVersion(version)
  const [leastMajor, leastMinor, leastPatch] = parseVersion(least)
  if (major !== leastMajor) return major > leastMajor
  return minor === leastMinor ? patch >= leastPatch : minor > leastMinor
}
