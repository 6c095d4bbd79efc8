import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { code, tableOf } from './markdown-table.ts'

export interface Metric {
  readonly name: string
  readonly help: string
}

const sources = ['packages/*/src/**/*.ts', 'apps/node/src/**/*.ts']
/** A name and what it means stand beside each other wherever a metric is made. */
const form = /'((?:flotilla|node|process)_[a-z0-9_]+)',\s*(?:help:\s*)?(?:'((?:[^'\\\n]|\\.)+)'|"((?:[^"\\\n]|\\.)+)")/g

/** Every metric that a node may show, as its source says. */
export async function findMetrics(root: string): Promise<readonly Metric[]> {
  const found = new Map<string, Metric>()
  for await (const path of glob(sources, { cwd: root, exclude: (name) => name.endsWith('.test.ts') })) {
    for (const [, name = '', single, double] of (await readFile(join(root, path), 'utf8')).matchAll(form)) {
      found.set(name, { name, help: (single ?? double ?? '').replaceAll(/\\(.)/g, '$1') })
    }
  }
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

export function metricsPage(metrics: readonly Metric[]): string {
  const table = (chosen: readonly Metric[]): string =>
    tableOf(
      ['metric', 'meaning'],
      chosen.map(({ name, help }) => [code(name), help]),
    )
  const isMachine = ({ name }: Metric): boolean => name.startsWith('node_')
  return [
    '# Metrics',
    'What `/metrics` of a node may show, for Prometheus. This page is made by `pnpm docs:reference`.',
    '## Of the node',
    table(metrics.filter((metric) => !isMachine(metric))),
    '## Of the machine',
    'Under the names of node_exporter, where it has the same.',
    table(metrics.filter(isMachine)),
  ]
    .join('\n\n')
    .concat('\n')
}
