import { expect, test } from 'vitest'
import { buildSite } from './site.ts'

function siteOf(documents: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(buildSite(new Map(Object.entries(documents))).map(({ path, html }) => [path, html]))
}

test('links between documents lead to pages, with their anchors, from wherever they stand', () => {
  const site = siteOf({
    'README.md': '# House\n[begin](docs/quick-start.md#the-first)',
    'docs/quick-start.md': '# Begin\n## The first\n[core](../packages/core/README.md) [home](../README.md)',
    'packages/core/README.md': '# core',
  })
  expect(site.get('index.html')).toContain('<a href="docs/quick-start.html#the-first">begin</a>')
  expect(site.get('docs/quick-start.html')).toContain('<h2 id="the-first">')
  expect(site.get('docs/quick-start.html')).toContain('<a href="../packages/core/README.html">core</a>')
  expect(site.get('docs/quick-start.html')).toContain('<a href="../index.html">home</a>')
})

test('what is only in the checkout is named and leads nowhere', () => {
  const html = siteOf({ 'README.md': '# House\n[a test](packages/core/src/x.test.ts)' }).get('index.html')
  expect(html).toContain('<span class="source" title="packages/core/src/x.test.ts">a test</span>')
})

test('every page is in the contents of every other, and knows which it is', () => {
  const site = siteOf({
    'README.md': '# House',
    'docs/security.md': '# Threat <model>',
    'packages/core/README.md': '# `core`',
  })
  for (const html of site.values()) {
    expect(html).toContain('>Threat &lt;model&gt;</a>')
    expect(html).toContain('>core</a>')
  }
  expect(site.get('docs/security.html')).toContain('<a href="security.html" aria-current="page">')
})

test('nothing comes from elsewhere', () => {
  const html = siteOf({ 'README.md': '# House\n```sh\nnpm start\n```\n| a | b |\n| - | - |\n| 1 | 2 |' }).get(
    'index.html',
  )
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//)
  expect(html).toContain('<pre><code class="language-sh">npm start')
  expect(html).toContain('<td>2</td>')
})
