/**
 * Builds the package in the current folder into its `dist`, as `prepack` of every package that is published:
 * JavaScript and declarations of what its `exports` lead to, and of nothing else.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../checks/workspace.ts'

const { exports = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const settings = {
  extends: '../tsconfig.json',
  compilerOptions: { noEmit: false, rootDir: '../src', outDir: '.' },
  include: [],
  files: Object.values(exports).flatMap((source) => (typeof source === 'string' ? [join('..', source)] : [])),
}
rmSync('dist', { recursive: true, force: true })
mkdirSync('dist')
writeFileSync('dist/tsconfig.json', JSON.stringify(settings))
const compiler = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
// On stderr, because the stdout of `pnpm pack --json` is for programs.
const { status } = spawnSync(process.execPath, [compiler, '-p', 'dist'], {
  stdio: ['ignore', process.stderr, 'inherit'],
})
rmSync('dist/tsconfig.json')
process.exitCode = status ?? 1
