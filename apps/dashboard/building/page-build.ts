import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { rolldown } from 'rolldown'
import { styleText } from './style-text.ts'

export interface BuiltPage {
  readonly files: number
  readonly bytes: number
  /** By Brotli, which is what browsers take. */
  readonly compressedBytes: number
}

/** What a browser may ask for, before it is compressed. */
interface BuiltFile {
  /** Below `dist`, and below the root of the address. */
  readonly path: string
  readonly type: string
  readonly isHashed: boolean
  readonly content: string
}

const [brotli, gzipped] = [promisify(brotliCompress), promisify(gzip)]

/**
 * Bundles the scripts and the style of the page. What was there before stays until all of it is ready, so that a node
 * that runs always has a whole page.
 */
export async function buildPage(folder: string): Promise<BuiltPage> {
  const [style, script, theme, icon] = await Promise.all([
    builtStyle(folder),
    bundled(folder, 'main.ts', 'es'),
    // It runs before anything is shown, so it must not wait for the rest.
    bundled(folder, 'theme-start.ts', 'iife'),
    readFile(join(folder, 'src/style/icon.svg'), 'utf8'),
  ])
  const assets = {
    style: hashedFile('page', 'css', style),
    script: hashedFile('page', 'js', script),
    theme: hashedFile('theme', 'js', theme),
    icon: hashedFile('icon', 'svg', icon),
  }
  const template = await readFile(join(folder, 'src/index.html'), 'utf8')
  const content = template.replaceAll(/%(\w+)%/g, (_, name: string) => {
    const asset = assets[name as keyof typeof assets] as BuiltFile | undefined
    if (asset === undefined) throw new Error(`src/index.html names %${name}%, which is none of its files`)
    return `/${asset.path}`
  })
  const index = { path: 'index.html', type: types.html, isHashed: false, content }
  return writePage(join(folder, 'dist'), [index, ...Object.values(assets)])
}

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const

async function bundled(folder: string, file: string, format: 'es' | 'iife'): Promise<string> {
  const bundle = await rolldown({
    input: join(folder, 'src', file),
    platform: 'browser',
    // It says how JSX is meant.
    tsconfig: join(folder, 'tsconfig.json'),
    onLog(level, log) {
      if (level === 'warn') throw new Error(`${file} cannot be bundled: ${log.message}`)
    },
  })
  const { output } = await bundle.generate({ format, minify: true, codeSplitting: false })
  await bundle.close()
  const [main, ...others] = output
  if (others.length > 0) throw new Error(`${file} makes ${output.length} files; it has to be one`)
  return main.code
}

async function builtStyle(folder: string): Promise<string> {
  const styles = join(folder, 'src/style')
  const names = (await readdir(styles)).filter((name) => name.endsWith('.css')).toSorted()
  const chart = createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css')
  const texts = await Promise.all(
    [chart, ...names.map((name) => join(styles, name))].map((path) => readFile(path, 'utf8')),
  )
  return styleText(texts.join('\n'))
}

function hashedFile(name: string, extension: 'css' | 'js' | 'svg', content: string): BuiltFile {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 10)
  return { path: `assets/${name}-${hash}.${extension}`, type: types[extension], isHashed: true, content }
}

async function writePage(dist: string, files: readonly BuiltFile[]): Promise<BuiltPage> {
  await mkdir(join(dist, 'assets'), { recursive: true })
  const sizes = await Promise.all(files.map((file) => writeFileThrice(dist, file)))
  const manifest = { files: files.map(({ path, type, isHashed }) => ({ path, type, isHashed })) }
  // The manifest comes last, and at once: it is what a node looks at.
  const written = join(dist, 'manifest.json.new')
  await writeFile(written, `${JSON.stringify(manifest, undefined, 2)}\n`)
  await rename(written, join(dist, 'manifest.json'))
  await removeOld(dist, new Set(files.map(({ path }) => path)))
  const sum = (read: (size: Size) => number): number => sizes.reduce((total, size) => total + read(size), 0)
  return { files: files.length, bytes: sum((size) => size.bytes), compressedBytes: sum((size) => size.compressed) }
}

interface Size {
  readonly bytes: number
  readonly compressed: number
}

async function writeFileThrice(dist: string, { path, content }: BuiltFile): Promise<Size> {
  const bytes = Buffer.from(content)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  const [br, gz] = await Promise.all([brotli(bytes, { params }), gzipped(bytes, { level: 9 })])
  const place = join(dist, path)
  await Promise.all([writeFile(place, bytes), writeFile(`${place}.br`, br), writeFile(`${place}.gz`, gz)])
  return { bytes: bytes.length, compressed: br.length }
}

async function removeOld(dist: string, kept: ReadonlySet<string>): Promise<void> {
  const names = await readdir(join(dist, 'assets'))
  const old = names.filter((name) => !kept.has(`assets/${name.replace(/\.(br|gz)$/, '')}`))
  await Promise.all(old.map((name) => rm(join(dist, 'assets', name), { force: true })))
}
