import { mergeConfig, type ViteUserConfig } from 'vitest/config'
import { vitestConfig } from '../../vitest.shared.ts'

const config: ViteUserConfig = mergeConfig(vitestConfig(), { test: { globalSetup: ['testing/built-page.ts'] } })

export default config
