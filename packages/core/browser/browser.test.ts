import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { BrowserReport } from './entry.ts'
import { bundleForBrowser } from './node-bundle.ts'
import { chromiumArguments, chromiumPath } from './node-chromium.ts'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** What must run in a browser, as far as it is there. */
const files = ['codec', 'crypto', 'envelope', 'errors', 'ids', 'time']
  .map((folder) => `../src/${folder}/index.ts`)
  .concat('../src/crypto/noble.ts')
  .filter((file) => existsSync(pathOf(file)))

describe('a bundle for browsers', () => {
  test.each(files)('can hold %s', async (file) => {
    await expect(bundleForBrowser(pathOf(file), 'flotilla')).resolves.toMatch(/\S/)
  })

  test('cannot be made of what needs Node', async () => {
    const bundling = bundleForBrowser(pathOf('../src/crypto/node.ts'), 'flotilla')
    await expect(bundling).rejects.toThrow('node-crypto.ts imports node:crypto, which browsers do not have')
  })

  test('passes all vectors and opens what Node has sealed, in Chromium', async (context) => {
    const missing = 'not run, because Chromium is not installed (on Debian: apt-get install chromium)'
    const executablePath = chromiumPath() ?? context.skip(missing)
    const script = await bundleForBrowser(pathOf('entry.ts'), 'flotilla')
    const fixture = readFileSync(pathOf('../fixtures/v1/envelope.bin'), 'hex')
    await using browser = await chromium.launch({ executablePath, args: [...chromiumArguments], timeout: 100_000 })
    const page = await browser.newPage()
    await page.addScriptTag({ content: script })
    const call = `flotilla.check('${fixture}', '${'2a'.repeat(32)}', 1700000000000)`
    const report = await page.evaluate<BrowserReport>(call)
    expect(report).toEqual({ casesRun: report.casesRun, failures: [], sealedAgain: fixture })
    expect(report.casesRun).toBeGreaterThan(50)
  })
})
