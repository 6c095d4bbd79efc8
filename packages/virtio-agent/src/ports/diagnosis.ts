import type { DetectionStep } from './detection.ts'

const marks: Readonly<Record<DetectionStep['outcome'], string>> = {
  chosen: 'found',
  fine: 'fine',
  nothing: 'nothing here',
  problem: 'PROBLEM',
}

/** The steps for people, a line for each thing. */
export function diagnosisLines(steps: readonly DetectionStep[]): readonly string[] {
  return steps.flatMap(({ looked, found, outcome, advice }) => [
    `${looked}: ${marks[outcome]}`,
    ...found.map((line) => `    ${line}`),
    ...(advice === undefined ? [] : [`    -> ${advice}`]),
  ])
}
