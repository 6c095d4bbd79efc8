import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** `msgpackr 2.1.3`, as a peer is to be called. */
export function withVersion(name: string): string {
  const path = findPackageJSON(name, import.meta.url)
  if (path === undefined) throw new Error(`${name} is not installed; run \`pnpm install\``)
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }
  return `${name} ${version}`
}
