import { applyTheme, keptTheme } from './shell/theme.ts'

applyTheme(keptTheme())
