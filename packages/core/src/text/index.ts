/** Text for people: amounts at a glance, and what others sent (names, messages, files) made safe for a terminal, what was meant. */
export { bytesText, durationText, momentText } from './amounts.ts'
export {
  readFlatYaml,
  type FlatYaml,
  type FlatYamlEntry,
  type FlatYamlProblem,
  type FlatYamlValue,
} from './flat-yaml.ts'
export { nearest } from './nearest.ts'
export { safeJson, safeText } from './safe-text.ts'
