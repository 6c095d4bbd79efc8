import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

export function chromiumPath(): string | undefined {
  return places.find((path) => existsSync(path))
}

export const noChromium = 'not run, because Chromium is not installed (on Debian: apt-get install chromium)'

/** It speaks with nobody but the pages that it is told to open. As root it has no sandbox. */
const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
  // The same letters on every screen, in fewer colours.
  '--disable-lcd-text',
  '--font-render-hinting=none',
]

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags, timeout: 100_000 })
}
