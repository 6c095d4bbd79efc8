/**
 * `node apps/dashboard/build.ts`: makes `dist` of the sources, as a node serves it; with `--watch` again and again, as
 * they change.
 */
import { watch } from 'node:fs'
import { join } from 'node:path'
import { buildPage } from './building/page-build.ts'

const folder = import.meta.dirname

async function build(): Promise<void> {
  const began = performance.now()
  const { bytes, compressedBytes, files } = await buildPage(folder)
  const took = Math.round(performance.now() - began)
  const sizes = `${kilobytes(bytes)} kB, ${kilobytes(compressedBytes)} kB compressed`
  console.log(`The page: ${files} files, ${sizes}, in ${took} ms.`)
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(0)
}

/** An editor writes several files in a row: they are built once. */
async function buildAgainAndAgain(): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  watch(join(folder, 'src'), { recursive: true }, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void build().catch(console.error), 50)
  })
  await build()
}

await (process.argv.includes('--watch') ? buildAgainAndAgain() : build())
