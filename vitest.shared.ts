import { join } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const compileCache = join(import.meta.dirname, 'node_modules/.cache/compiled')

/** What every package's `vitest.config.ts` starts from; `linesMin` is the coverage that the package promises. */
export function vitestConfig(options: { readonly linesMin?: number } = {}): ViteUserConfig {
  return defineConfig({
    test: {
      include: ['**/*.test.ts'],
      exclude: ['**/node_modules/**', '**/dist/**', '**/canaries/**'],
      // As `tools/bootstrap/house.mjs` says, also for those who start vitest by itself.
      env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? compileCache },
      // Tests never judge time; this only ends one that hangs, also on a machine that is busy with something else.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      reporters: ['default', 'json'],
      outputFile: { json: '.reports/vitest.json' },
      coverage: {
        enabled: options.linesMin !== undefined,
        provider: 'v8',
        reporter: ['text-summary', 'json-summary'],
        reportsDirectory: '.reports/coverage',
        include: ['src/**/*.ts'],
        exclude: ['**/*.test.ts'],
        ...(options.linesMin === undefined ? {} : { thresholds: { lines: options.linesMin } }),
      },
    },
  })
}
