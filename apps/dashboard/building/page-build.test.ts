import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildPage } from './page-build.ts'
import { styleText } from './style-text.ts'

const house = join(import.meta.dirname, '..')
const compressedBytesMax = 200_000

/** The sources as they are, in a folder of their own. */
async function copiedHouse(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-page-build-'))
  await cp(join(house, 'src'), join(path, 'src'), { recursive: true })
  await symlink(join(house, 'node_modules'), join(path, 'node_modules'))
  const config = { compilerOptions: { jsx: 'react-jsx', jsxImportSource: 'preact' } }
  await writeFile(join(path, 'tsconfig.json'), JSON.stringify(config))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

test('all of the page is under 200 kB, compressed at build time, and asks nobody else for anything', async () => {
  await using folder = await copiedHouse()
  const built = await buildPage(folder.path)
  expect(built.compressedBytes).toBeLessThan(compressedBytesMax)
  const dist = join(folder.path, 'dist')
  const { files } = JSON.parse(await readFile(join(dist, 'manifest.json'), 'utf8')) as {
    readonly files: readonly { readonly path: string }[]
  }
  for (const { path } of files) {
    const bytes = await readFile(join(dist, path))
    expect(brotliDecompressSync(await readFile(join(dist, `${path}.br`))).equals(bytes)).toBe(true)
    expect(gunzipSync(await readFile(join(dist, `${path}.gz`))).equals(bytes)).toBe(true)
    const foreign = [...bytes.toString().matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([url]) => url)
    // Names of languages of markup, which nobody asks for.
    expect(foreign.filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual([])
  }
  const index = await readFile(join(dist, 'index.html'), 'utf8')
  expect(index).not.toMatch(/<script>|<style|\sstyle=|\son\w+=/)
})

test('what has changed has another name, and what is not used any more is gone', async () => {
  await using folder = await copiedHouse()
  await buildPage(folder.path)
  const assets = join(folder.path, 'dist/assets')
  const before = await readdir(assets)
  await writeFile(join(folder.path, 'src/style/9-more.css'), '.more { color: red }')
  await buildPage(folder.path)
  const after = await readdir(assets)
  expect(after).toHaveLength(before.length)
  expect(after.filter((name) => !before.includes(name)).map((name) => name.replace(/-.*?\./, '.'))).toEqual([
    'page.css',
    'page.css.br',
    'page.css.gz',
  ])
})

test('a source that is wrong fails the build, and leaves what was there', async () => {
  await using folder = await copiedHouse()
  await buildPage(folder.path)
  const manifest = await readFile(join(folder.path, 'dist/manifest.json'), 'utf8')
  await writeFile(join(folder.path, 'src/main.ts'), "import './nothing.ts'")
  await expect(buildPage(folder.path)).rejects.toThrow(/nothing/)
  expect(await readFile(join(folder.path, 'dist/manifest.json'), 'utf8')).toBe(manifest)
  expect(existsSync(join(folder.path, 'dist/index.html'))).toBe(true)
})

test('a style gets shorter and means the same', () => {
  const css = `/* a "comment" */
.a > .b:hover , .c {
  content: "a  /* b */ ; c";
  width: calc(100% - 2px);
}`
  expect(styleText(css)).toBe('.a > .b:hover,.c{content:"a  /* b */ ; c";width:calc(100% - 2px)}')
})
