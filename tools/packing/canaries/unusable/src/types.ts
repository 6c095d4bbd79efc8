import type { Program } from 'oxc-parser'

export type { Program }
