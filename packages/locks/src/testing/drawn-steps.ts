import * as fc from 'fast-check'
import { drawnKinds, type DrawnStep } from './lock-script.ts'

/** Steps for a `LockScript`, with those that make owners meet more often than others. */
export function drawnSteps(): fc.Arbitrary<DrawnStep[]> {
  const step: fc.Arbitrary<DrawnStep> = fc.record({
    kind: fc.oneof(
      { weight: 12, arbitrary: fc.constant('acquire' as const) },
      { weight: 4, arbitrary: fc.constant('permits' as const) },
      { weight: 6, arbitrary: fc.constant('release' as const) },
      { weight: 8, arbitrary: fc.constantFrom(...drawnKinds) },
    ),
    session: fc.nat(3),
    owner: fc.nat(2),
    resource: fc.nat(5),
    back: fc.nat(6),
    variant: fc.nat(7),
    passMs: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 1, 10) }, fc.constantFrom(100, 400, 1_000)),
  })
  return fc.array(step, { minLength: 5, maxLength: 120, size: 'max' })
}
