/** Text of foreign origin (names, messages of peers, file names), made safe for a terminal or a log. */
export { safeJson, safeText } from './safe-text.ts'
