import { durationText } from '@flotilla/core/text'
import type { ComponentChildren, VNode } from 'preact'
import type { NodeEntry } from '../answers/cluster-answers.ts'
import type { SystemFigures } from '../answers/machine-answers.ts'
import { Facts, type Fact } from '../parts/facts.tsx'
import { Moment } from '../parts/moment.tsx'
import { countText, millisText, sizeText, unknownText } from '../words/amounts.ts'

interface NodeFactsProps {
  readonly entry: NodeEntry | undefined
  readonly figures: SystemFigures | undefined
}

/** What there is to say of a node in words. */
export function NodeFacts({ entry, figures }: NodeFactsProps): VNode {
  return <Facts label="About the node" facts={[...factsOfEntry(entry), ...factsOfFigures(figures)]} />
}

function factsOfEntry(entry: NodeEntry | undefined): readonly Fact[] {
  if (entry === undefined) return []
  const { id, status, self, connected, roundTripMs, version, addresses, bytesIn, bytesOut, certificateNotAfter } = entry
  const link = self ? 'this node' : connected ? `connected, ${millisText(roundTripMs)} round trip` : 'not connected'
  const certificate: ComponentChildren =
    certificateNotAfter === null ? unknownText : <Moment at={certificateNotAfter} />
  return [
    ['Id', <code key="id">{id}</code>],
    ['State', `${status}, ${link}`],
    ...(self ? [] : [['Came, went', `${sizeText(bytesIn)}, ${sizeText(bytesOut)}`] as const]),
    ['Address', addresses.join(', ') || unknownText],
    ['Version', version],
    ['Certificate ends', certificate],
  ]
}

function factsOfFigures(figures: SystemFigures | undefined): readonly Fact[] {
  if (figures === undefined) return []
  const { uptimeMs, processor, memory, processCount } = figures
  const load = processor?.load?.map((each) => each.toFixed(2)).join(', ') ?? unknownText
  return [
    ['Up for', uptimeMs === undefined ? unknownText : durationText(uptimeMs / 1_000)],
    ['Load', `${load} on ${processor?.cores.length ?? 0} cores`],
    ['Memory', memory === undefined ? unknownText : `${sizeText(memory.usedBytes)} of ${sizeText(memory.totalBytes)}`],
    ['Processes', processCount === undefined ? unknownText : countText(processCount)],
  ]
}
