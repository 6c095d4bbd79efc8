/**
 * The name under which `pins.json` lists the machine: `linux-x64`, `linux-x64-musl`, `darwin-arm64`, …
 * @param {{ readonly os: string, readonly cpu: string, readonly libc: 'glibc' | 'musl' }} machine
 * @returns {string}
 */
export function platformName({ os, cpu, libc }) {
  return os === 'linux' && libc === 'musl' ? `${os}-${cpu}-musl` : `${os}-${cpu}`
}

/** @returns {string} */
export function thisPlatform() {
  return platformName({ os: process.platform, cpu: process.arch, libc: thisLibc() })
}

/** @returns {'glibc' | 'musl'} */
function thisLibc() {
  if (process.platform !== 'linux') return 'glibc'
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report?.getReport() ?? {})
  return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}
