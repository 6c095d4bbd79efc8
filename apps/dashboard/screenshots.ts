/**
 * `pnpm screenshots`: writes a picture of each page into docs/screenshots, of a cluster that is staged, so that there
 * is something to see on every page and nothing of this machine.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { buildPage } from './building/page-build.ts'
import { chromiumPath, launchChromium, noChromium } from './testing/chromium.ts'
import { smallPng } from './testing/small-png.ts'
import { busyStage } from './testing/stage.ts'
import { stagedNodes } from './testing/staged-cluster.ts'
import { StagedNode } from './testing/staged-node.ts'
import { WatchedPage } from './testing/watched-page.ts'

interface Shot {
  readonly name: string
  readonly route: string
  /** By which it is known that all of it is there. */
  readonly until: string
  readonly scheme?: 'dark'
  readonly width?: number
  readonly nodes?: number
  /** What is done before. */
  readonly prepare?: (watched: WatchedPage) => Promise<void>
}

const bob = stagedNodes(3)[1]?.id ?? ''

const shots: readonly Shot[] = [
  { name: 'overview-light', route: '', until: '.sign' },
  { name: 'overview-dark', route: '', until: '.sign', scheme: 'dark' },
  { name: 'overview-narrow', route: '', until: '.sign', width: 380 },
  { name: 'overview-hundred', route: '', until: '.sign', nodes: 100 },
  { name: 'node', route: `nodes/${bob}`, until: '.uplot canvas' },
  { name: 'processes', route: 'processes', until: 'tbody tr', prepare: filtered },
  { name: 'locks', route: 'locks', until: '.waiter', scheme: 'dark' },
  { name: 'blobs', route: 'blobs', until: 'progress' },
  { name: 'vms', route: 'vms', until: 'tbody tr' },
  { name: 'vm', route: `vms/${bob}/web-1`, until: '.console-line', scheme: 'dark', prepare: asked },
  { name: 'events', route: 'events', until: 'tbody tr' },
  { name: 'settings', route: 'settings', until: 'form' },
]

async function filtered({ page }: WatchedPage): Promise<void> {
  await page.getByRole('searchbox').fill('qemu')
  await page.getByText('that are so').waitFor()
}

async function asked({ page }: WatchedPage): Promise<void> {
  await page.getByLabel('Line').fill('uptime')
  await page.getByRole('button', { name: 'Run' }).click()
  await page.getByText('Ended with 0.').waitFor()
}

async function shoot(browser: Browser, folder: string, shot: Shot): Promise<void> {
  const { name, route, until, scheme = 'light', width = 1280, nodes = 3, prepare } = shot
  await using node = await StagedNode.open(busyStage(stagedNodes(nodes)))
  await using watched = await WatchedPage.open(browser, `${node.url}/login#code=good`, width)
  const { page } = watched
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await page.locator('.bar').waitFor()
  await watched.go(route)
  await page.locator(until).first().waitFor()
  await prepare?.(watched)
  // Whole where that is not too long to look at.
  const height = Math.min(nodes > 3 ? 980 : 1_400, await page.evaluate(() => document.documentElement.scrollHeight))
  await page.setViewportSize({ width, height: Math.max(height, 600) })
  await page.waitForFunction(() => document.fonts.status === 'loaded')
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  await save(browser, join(folder, `${name}.png`), await page.screenshot())
  for (const complaint of watched.complaints) console.error(`${name}: ${complaint}`)
}

async function save(browser: Browser, path: string, png: Buffer): Promise<void> {
  const blank = await browser.newPage()
  await writeFile(path, await smallPng(blank, png))
  await blank.close()
}

async function login(browser: Browser, folder: string): Promise<void> {
  await using node = await StagedNode.open(busyStage(stagedNodes(3)))
  await using watched = await WatchedPage.open(browser, `${node.url}/login`, 900)
  await watched.page.setViewportSize({ width: 900, height: 620 })
  await watched.page.getByRole('button', { name: 'Log in' }).waitFor()
  await save(browser, join(folder, 'login.png'), await watched.page.screenshot())
}

async function main(): Promise<void> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error(noChromium)
  const folder = process.argv[2] ?? join(import.meta.dirname, '../../docs/screenshots')
  await mkdir(folder, { recursive: true })
  await buildPage(import.meta.dirname)
  await using browser = await launchChromium(executablePath)
  for (const shot of shots) await shoot(browser, folder, shot)
  await login(browser, folder)
  console.log(`${shots.length + 1} pictures are in ${folder}.`)
}

await main()
