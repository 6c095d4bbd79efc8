import { existsSync } from 'node:fs'

/** Where Linux distributions put it. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of the browser that is installed on this machine, if there is one. */
export function chromiumPath(): string | undefined {
  return places.find((path) => existsSync(path))
}

/** No window, no sandbox (it needs rights that containers lack), and nothing that looks for a network. */
export const chromiumArguments: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
