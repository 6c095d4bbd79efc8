import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumPath, launchChromium, noChromium } from '../testing/chromium.ts'
import { busyStage } from '../testing/stage.ts'
import { stagedNodes } from '../testing/staged-cluster.ts'
import { StagedNode } from '../testing/staged-node.ts'
import { WatchedPage } from '../testing/watched-page.ts'

const executablePath = chromiumPath()
const nodes = stagedNodes(3)
const bob = nodes[1]?.id ?? ''

/** Where one can be, and what is seen there when all of it has come. */
const routes = [
  ['', 'heading:3 nodes work together. bob leads.'],
  [`nodes/${bob}`, 'img:Processor over time'],
  ['processes', 'button:End qemu-system-x86'],
  ['locks', 'heading:Who waits for whom'],
  ['blobs', 'heading:Copies at'],
  ['vms', 'link:web-1'],
  [`vms/${bob}/web-1`, 'heading:Console'],
  ['events', 'heading:What was done'],
  ['settings', 'form:Add a user'],
] as const

/** Colours do not depend on the width, nor the width on colours. */
const looks = [
  ['light', 1280],
  ['dark', 380],
] as const

describe('in Chromium', () => {
  let browser: Browser
  let node: StagedNode
  let watched: WatchedPage

  beforeAll(async () => {
    if (executablePath === undefined) return
    browser = await launchChromium(executablePath)
    node = await StagedNode.open(busyStage(nodes))
    watched = await WatchedPage.open(browser, `${node.url}/login#code=good`)
    await watched.page.getByRole('navigation').waitFor()
  })

  beforeEach((context) => {
    if (executablePath === undefined) context.skip(noChromium)
  })

  afterAll(async () => {
    await browser?.close()
    await node?.[Symbol.asyncDispose]()
  })

  const seen = async (what: string): Promise<void> => {
    const [role = '', name = ''] = what.split(/:(.*)/)
    await watched.page
      .getByRole(role as 'heading', { name })
      .first()
      .waitFor()
  }

  test.each(routes)('#/%s is right for everybody, in both colours, wide and narrow', async (route, what) => {
    await watched.go(route)
    await seen(what)
    for (const [colorScheme, width] of looks) {
      await watched.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await watched.page.setViewportSize({ width, height: 900 })
      expect([colorScheme, width, await watched.flaws()]).toEqual([colorScheme, width, []])
    }
    expect(await watched.excessWidth()).toBe(0)
    expect(watched.complaints).toEqual([])
  })

  test('the title and the focus go along, and the menu says where one is', async () => {
    const { page } = watched
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.getByRole('link', { name: 'Blobs', exact: true }).click()
    await page.waitForFunction(() => document.title === 'Blobs · ann · Flotilla')
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN')
    expect(await page.locator('nav [aria-current=page]').innerText()).toBe('Blobs')
    await page.goBack()
    await page.waitForFunction(() => document.title !== 'Blobs · ann · Flotilla')
  })

  test('everything is reached with the keyboard, and what has the focus is seen', async () => {
    const { page } = watched
    await watched.go('processes')
    await page.reload()
    await seen('button:End qemu-system-x86')
    const walked: string[] = []
    for (let step = 0; step < 24; step++) {
      await page.keyboard.press('Tab')
      const [name, outline] = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement
        const label = element.getAttribute('aria-label') ?? element.textContent ?? ''
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        return [`${element.tagName} ${label.trim()}`, `${outlineStyle} ${outlineWidth}`] as const
      })
      walked.push(name)
      expect([name, outline]).toEqual([name, 'solid 2px'])
    }
    expect(walked[0]).toBe('A To the content')
    for (const name of ['A Overview', 'A Settings', 'BUTTON Processor ↓']) expect(walked).toContain(name)
    expect(walked.some((name) => name.startsWith('BUTTON End qemu'))).toBe(true)
  })

  test('a viewer is told whom the audit log is for, and the node is not asked for it', async () => {
    await using other = await StagedNode.open(busyStage(nodes, 'viewer'))
    await using viewing = await WatchedPage.open(browser, `${other.url}/login#code=good`)
    await viewing.page.getByRole('navigation').waitFor()
    await viewing.go('events')
    await viewing.page.getByText('The audit log is for operators: your role, viewer, does not see it.').waitFor()
    expect(await viewing.page.getByRole('table', { name: 'Audit log' }).count()).toBe(0)
    expect(viewing.complaints).toEqual([])
  })

  test('a hundred nodes are drawn, and one that is gone is named first', async () => {
    await using many = await StagedNode.open(busyStage(stagedNodes(100)))
    await using large = await WatchedPage.open(browser, `${many.url}/login#code=good`)
    await large.page.getByRole('heading', { name: /7 of 100 nodes are not reached/ }).waitFor()
    expect(await large.page.locator('.sign').count()).toBe(100)
    expect(await large.excessWidth()).toBe(0)
    await large.page.setViewportSize({ width: 380, height: 900 })
    expect(await large.excessWidth()).toBe(0)
    expect(large.complaints).toEqual([])
  })
})
