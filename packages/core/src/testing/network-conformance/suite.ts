import type { NetworkLimits } from '../../network/index.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { channelCases } from './channels.ts'
import { conformanceLimits, type HarnessAbility, type NetworkCase, type NetworkHarness } from './harness.ts'
import { lossCases } from './losses.ts'
import { noticeCases } from './notices.ts'
import { peerCases } from './peers.ts'
import { requestFailureCases } from './request-failures.ts'
import { requestCases } from './requests.ts'
import { streamEndCases } from './stream-ends.ts'
import { streamFlowCases } from './stream-flow.ts'
import { streamReadingCases } from './stream-reading.ts'
import { topicLimitCases } from './topic-limits.ts'
import { topicCases } from './topics.ts'

/**
 * The cases that an implementation of `Network` must pass, each on a harness of its own. `without` names what its
 * harness cannot do; the cases that need it are left out.
 */
export function networkConformance(
  make: (limits: NetworkLimits) => Promise<NetworkHarness>,
  options: { readonly without?: readonly HarnessAbility[] } = {},
): readonly ConformanceCase[] {
  const { without = [] } = options
  const cases: readonly NetworkCase[] = [
    ...channelCases,
    ...peerCases,
    ...noticeCases,
    ...requestCases,
    ...requestFailureCases,
    ...streamFlowCases,
    ...streamReadingCases,
    ...streamEndCases,
    ...topicCases,
    ...topicLimitCases,
    ...lossCases,
  ]
  return cases
    .filter(({ needs }) => needs === undefined || !without.includes(needs))
    .map(({ name, run }) => ({
      name,
      async run() {
        await using harness = await make(conformanceLimits)
        await run(harness)
      },
    }))
}
