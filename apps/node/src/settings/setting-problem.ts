import { FlotillaError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../limits.ts'

/** One thing that is wrong with what somebody gave. */
export interface SettingProblem {
  /** Where in a file; undefined for what came from a flag or the environment. */
  readonly place?: FilePlace
  readonly what: string
  /** What is allowed, or what to do. */
  readonly hint: string
}

export interface FilePlace {
  readonly file: string
  /** From 1 on; undefined for the file as a whole. */
  readonly line?: number
  readonly column?: number
}

/** Settings that cannot be used, with everything that is wrong with them. */
export class SettingsError extends FlotillaError {
  readonly problems: readonly SettingProblem[]

  constructor(problems: readonly [SettingProblem, ...SettingProblem[]]) {
    const [first] = problems
    const isOne = problems.length === 1
    super('wrong-setting', isOne ? messageOf(first) : `${problems.length} settings are wrong`, {
      hint: isOne ? first.hint : `\n${problems.map((problem) => `  ${problemSentence(problem)}`).join('\n')}`,
    })
    this.problems = problems
  }
}

export function problemSentence(problem: SettingProblem): string {
  return `${messageOf(problem)}: ${problem.hint}`
}

function placeText({ file, line, column }: FilePlace): string {
  return [file, ...(line === undefined ? [] : [line]), ...(column === undefined ? [] : [column])].join(':')
}

/** Addresses may have a name and a password in them, which are shown to nobody. */
export function withoutUserInfo(text: string): string {
  const url = URL.parse(text)
  if (url === null || (url.username === '' && url.password === '')) return text
  url.username = ''
  url.password = ''
  return url.href
}

/** A wrong text as errors repeat it; it may have been meant to be an address. */
export function shown(text: string): string {
  const safe = URL.canParse(text) ? withoutUserInfo(text) : text.replace(/\/\/.*@/, '//')
  return JSON.stringify(safe.slice(0, nodeLimitsDefaults.shownLengthMax))
}

function messageOf({ place, what }: SettingProblem): string {
  return place === undefined ? what : `${placeText(place)}: ${what}`
}
