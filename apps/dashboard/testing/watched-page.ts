import axe, { type AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'

/** A page of a browser, and all that went wrong in it. */
export class WatchedPage implements AsyncDisposable {
  readonly page: Page
  /** What the console says that is a warning or worse, errors, and requests to others. */
  readonly complaints: string[] = []
  readonly #origin: string

  private constructor(page: Page, origin: string) {
    this.page = page
    this.#origin = origin
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(error.stack ?? error.message))
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== this.#origin) this.complaints.push(`asked ${request.url()}`)
    })
  }

  static async open(browser: Browser, url: string, width = 1280): Promise<WatchedPage> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    const watched = new WatchedPage(page, new URL(url).origin)
    await page.goto(url)
    return watched
  }

  /** To another place of the page, as a click on a link goes there. */
  async go(route: string): Promise<void> {
    await this.page.evaluate((hash) => void (location.hash = hash), `#/${route}`)
  }

  /** What axe finds that is serious or worse, and whether something is wider than the screen. */
  async flaws(): Promise<readonly string[]> {
    const { page } = this
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })')
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
    const wider = await this.excessWidth()
    return wider > 0 ? [...found, `the page is ${wider} pixels wider than the screen`] : found
  }

  /** By how many pixels the page is wider than the screen. */
  async excessWidth(): Promise<number> {
    return Math.max(0, await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close()
  }
}
