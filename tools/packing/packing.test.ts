import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { folderTree, isUnmasked, repoRoot } from '../checks/file-tree.ts'
import { specifiersOf, unitsOf, type Manifest } from '../checks/workspace.ts'
import { importSentences, typeSentences } from './consumer.ts'
import { manifestSentences } from './published-manifest.ts'
import { tarballSentences } from './tarball.ts'
import { Workbench, type Publishable } from './workbench.ts'

const canaries = readdirSync(join(import.meta.dirname, 'canaries')).map((name) => {
  return publishableAt(join(import.meta.dirname, 'canaries', name))
})
const published = [...publishables(), ...(isUnmasked('packing') ? canaries : [])]
const newestNode = join(repoRoot, '.tools/bin/newest-node')

/** A test builds, packs and installs with npm; this only ends one that hangs. */
const hangsAfterMs = 600_000

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open([...published, ...canaries])
})
afterAll(() => bench[Symbol.asyncDispose]())

const cases = published.map((publishable) => ({ name: publishable.manifest.name, publishable }))
describe.each(cases)('$name', { timeout: hangsAfterMs }, ({ publishable }) => {
  test('is published whole and nothing more', async (context) => {
    const sentences = await wholeSentences(publishable, context)
    assert.equal(sentences.length, 0, sentences.join('\n'))
  })

  test('is imported where it is installed', async (context) => {
    const sentences = await importedSentences(publishable, process.execPath, context)
    assert.equal(sentences.length, 0, sentences.join('\n'))
  })

  test('is imported where it is installed, on the newest Node', async (context) => {
    if (!existsSync(newestNode)) context.skip('not run, because .tools has no newest Node; `npm test` fetches it')
    const sentences = await importedSentences(publishable, newestNode, context)
    assert.equal(sentences.length, 0, sentences.join('\n'))
  })

  test('has types that work where it is installed', async (context) => {
    const sentences = await typedSentences(publishable, context)
    assert.equal(sentences.length, 0, sentences.join('\n'))
  })
})

test.for(canaries)('the canary makes it fail: $manifest.name', { timeout: hangsAfterMs }, async (canary, context) => {
  const sentences = [...(await wholeSentences(canary, context))]
  if ((await bench.packed(canary)).type === 'packed') {
    sentences.push(...(await importedSentences(canary, process.execPath, context)))
    sentences.push(...(await typedSentences(canary, context)))
  }
  expect(sentences).toEqual(readFileSync(join(canary.folder, 'expected.txt'), 'utf8').trimEnd().split('\n'))
})

function publishables(): readonly Publishable[] {
  const tree = folderTree(repoRoot)
  const units = unitsOf(tree).filter(({ kind, manifest }) => kind !== 'tools' && manifest.private !== true)
  return units.map(({ folder }) => publishableAt(dirname(tree.diskPath(`${folder}/package.json`))))
}

function publishableAt(folder: string): Publishable {
  return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest }
}

async function wholeSentences(publishable: Publishable, context: TestContext): Promise<readonly string[]> {
  const said = manifestSentences(publishable.manifest)
  const packing = await bench.packed(publishable)
  if (packing.type === 'impossible') return context.skip(`not run, because ${packing.because}`)
  if (packing.type === 'failed') return [...said, packing.sentence]
  return [...said, ...(await tarballSentences(packing.tarball))]
}

async function importedSentences(
  publishable: Publishable,
  node: string,
  context: TestContext,
): Promise<readonly string[]> {
  const installation = await bench.installed(publishable)
  if (installation.type === 'impossible') return context.skip(`not run, because ${installation.because}`)
  if (installation.type === 'failed') return [installation.sentence]
  return importSentences(installation.folder, node, specifiersOf(publishable.manifest))
}

async function typedSentences(publishable: Publishable, context: TestContext): Promise<readonly string[]> {
  const installation = await bench.installed(publishable)
  if (installation.type === 'impossible') return context.skip(`not run, because ${installation.because}`)
  if (installation.type === 'failed') return [installation.sentence]
  return typeSentences(installation.folder, specifiersOf(publishable.manifest))
}
