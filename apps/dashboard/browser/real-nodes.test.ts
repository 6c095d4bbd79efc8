import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { chromiumPath, launchChromium, noChromium } from '../testing/chromium.ts'
import { RealNode } from '../testing/real-node.ts'
import { WatchedPage } from '../testing/watched-page.ts'

const executablePath = chromiumPath()

describe('of real nodes', () => {
  let browser: Browser
  let ann: RealNode
  let bob: RealNode
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    if (executablePath === undefined) return
    browser = await launchChromium(executablePath)
    ;[ann, bob] = await Promise.all([RealNode.start('ann'), RealNode.start('bob')])
    await ann.post('/v1/cluster/init', {})
    const { token } = await ann.post('/v1/cluster/invite', { ttlSeconds: 600, role: 'node' })
    await bob.post('/v1/cluster/join', { token })
    watched = await WatchedPage.open(browser, ann.pageUrl)
    page = watched.page
  })

  beforeEach((context) => {
    if (executablePath === undefined) context.skip(noChromium)
  })

  afterAll(async () => {
    await browser?.close()
    await Promise.all([ann?.[Symbol.asyncDispose](), bob?.[Symbol.asyncDispose]()])
  })

  const headline = (name: string | RegExp): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor()
  const connection = (words: string): Promise<void> =>
    page.locator('.connection', { hasText: words }).waitFor({ timeout: 30_000 })

  test('the address that the node prints logs in, once, and leaves no code behind', async () => {
    await headline(/^2 nodes work together\./)
    await connection('live')
    expect(page.url()).toBe(`${ann.origin}/#/`)
    expect(await page.locator('.who-name').innerText()).toContain('admin')
    const { page: other } = await WatchedPage.open(browser, ann.pageUrl)
    await other.getByRole('alert').getByText('flotilla open').waitFor()
    await other.context().close()
    expect(watched.complaints).toEqual([])
  })

  test('a node that is killed is seen to be gone, and to come back, without a touch', async () => {
    const row = page.getByRole('row', { name: /^bob/ })
    await row.getByText('connected').waitFor()
    await bob.end('SIGKILL')
    await headline(/^bob is not reached\./)
    expect(await row.innerText()).not.toContain('connected')
    await bob.start()
    await headline(/^2 nodes work together\./)
    expect(watched.complaints).toEqual([])
  })

  test('a blob is downloaded as often as somebody asks for it', async () => {
    await ann.put('/v1/blobs/a%20note%2Fone.txt', 'said')
    await watched.go('blobs')
    for (let turn = 0; turn < 2; turn++) {
      const begun = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Download a note/one.txt' }).click()
      const download = await begun
      expect(download.suggestedFilename()).toBe('one.txt')
      expect(await text(await download.createReadStream())).toBe('said')
    }
    expect(watched.complaints).toEqual([])
  })

  test('a process is found where it is, and ended after a question', async () => {
    const child = spawn('sleep', ['86399.25'])
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    await watched.go('processes')
    await page.getByRole('searchbox').fill('86399.25')
    const row = page.getByRole('row', { name: new RegExp(`sleep 86399\\.25 .* ann ${child.pid} `) })
    await row.getByRole('button', { name: 'End sleep' }).click()
    await page.getByRole('button', { name: 'Leave it' }).click()
    await row.getByRole('button', { name: 'End sleep' }).press('Enter')
    await page.getByRole('button', { name: 'Send SIGTERM' }).click()
    expect(await ended).toEqual([null, 'SIGTERM'])
    await page.getByText('No process is like that.').waitFor()
    await watched.go('events')
    await page
      .getByRole('row', { name: /process\.signal.*done/ })
      .first()
      .waitFor()
    expect(watched.complaints).toEqual([])
  })

  test('a node that answers no more is said to, and everything mends itself when it does again', async () => {
    await watched.go('')
    await connection('live')
    ann.signal('SIGSTOP')
    await connection('not connected')
    await page.getByText('What you see is how things were.').waitFor()
    ann.signal('SIGCONT')
    await connection('live')
    await headline(/^2 nodes work together\./)
    expect(await page.locator('.lost').count()).toBe(0)
  })

  test('a session that is over leads to the login, which says so', async () => {
    await page.evaluate(async () => {
      const secret = localStorage.getItem('flotilla-session') ?? ''
      const headers = { 'Content-Type': 'application/json', 'X-Flotilla-Session': secret }
      await fetch('/v1/logout', { method: 'POST', body: '{}', headers })
    })
    await headline('Log in to Flotilla')
    expect(await page.getByRole('alert').innerText()).not.toBe('')
    expect(await watched.flaws()).toEqual([])
  })

  test('a wrong password is refused, and the right one opens the page', async () => {
    await ann.post('/v1/users/add', { name: 'ada', role: 'viewer', password: 'correct horse battery' })
    await page.getByLabel('Name').fill('ada')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText(/wrong/).first().waitFor()
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Log in' }).click()
    await headline(/^2 nodes work together\./)
    await watched.go('processes')
    await page.getByRole('columnheader', { name: 'Processor' }).waitFor()
    // Who only looks is offered nothing to do.
    expect(await page.getByRole('button', { name: /^End / }).count()).toBe(0)
  })

  test('a node that was started again wants a new login, because it forgets who was there', async () => {
    await ann.end('SIGTERM')
    await connection('not connected')
    await ann.start()
    await headline('Log in to Flotilla')
    await page.goto(ann.pageUrl)
    await headline(/^2 nodes work together\./)
    expect(page.url()).toBe(`${ann.origin}/#/`)
  })
})
