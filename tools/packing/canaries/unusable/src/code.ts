import { parseSync } from 'oxc-parser'

export const parses: boolean = parseSync('a.ts', '').errors.length === 0
