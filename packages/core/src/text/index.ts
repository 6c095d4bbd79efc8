/**
 * Text for people and by people: amounts at a glance, what others sent (names, messages, files) made safe for a
 * terminal, which word was meant, and the part of YAML that settings are written in.
 */
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
