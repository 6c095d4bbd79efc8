import type { ViteUserConfig } from 'vitest/config'
import { vitestConfig } from '../../vitest.shared.ts'

const config: ViteUserConfig = vitestConfig()

export default config
