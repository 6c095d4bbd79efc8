import type { ComponentType } from 'preact'
import { BlobsPage } from '../blobs/blobs-page.tsx'
import { EventsPage } from '../events/events-page.tsx'
import { GroupPage } from '../group/group-page.tsx'
import { NodePage } from '../node/node-page.tsx'
import { OverviewPage } from '../overview/overview-page.tsx'
import type { IconName } from '../parts/icon.tsx'
import { ProcessesPage } from '../processes/processes-page.tsx'
import { SettingsPage } from '../settings/settings-page.tsx'
import { VmPage } from '../vms/vm-page.tsx'
import { VmsPage } from '../vms/vms-page.tsx'
import type { HashRoute } from './hash-route.ts'
import type { PlaceProps } from './place-props.ts'

export interface Place {
  /** The first part of the route; empty for the beginning. */
  readonly name: string
  readonly title: string
  readonly icon: IconName
  readonly page: ComponentType<PlaceProps>
  /** What stands below it, as one of its list. */
  readonly below?: ComponentType<PlaceProps>
}

/** All pages, in the order of the menu. */
export const places: readonly Place[] = [
  { name: '', title: 'Overview', icon: 'overview', page: OverviewPage },
  { name: 'processes', title: 'Processes', icon: 'processes', page: ProcessesPage },
  { name: 'locks', title: 'Decisions and locks', icon: 'locks', page: GroupPage },
  { name: 'blobs', title: 'Blobs', icon: 'blobs', page: BlobsPage },
  { name: 'vms', title: 'Virtual machines', icon: 'vms', page: VmsPage, below: VmPage },
  { name: 'events', title: 'Events and alerts', icon: 'events', page: EventsPage },
  { name: 'settings', title: 'Settings', icon: 'settings', page: SettingsPage },
]

const first = places[0] as Place

/** A node stands below the overview, which lists them. */
const nodePlace: Place = { ...first, name: 'nodes', title: 'Node', page: NodePage, below: NodePage }

/** Where the route leads; to the beginning where it leads nowhere. */
export function placeOf({ parts }: HashRoute): Place {
  const [name = ''] = parts
  return [...places, nodePlace].find((place) => place.name === name) ?? first
}
