import type { VNode } from 'preact'

export type IconName = 'overview' | 'processes' | 'locks' | 'blobs' | 'vms' | 'events' | 'settings' | 'menu' | 'leave'

/** Lines on a square of 20. */
const drawings: Readonly<Record<IconName, string>> = {
  overview:
    'M10 3.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4M4.5 13a2 2 0 1 1 0 4 2 2 0 0 1 0-4' +
    'M15.5 13a2 2 0 1 1 0 4 2 2 0 0 1 0-4M9 7.3 5.5 13.2M11 7.3l3.5 5.9M6.5 15h7',
  processes: 'M3 5h2M8 5h9M3 10h2M8 10h9M3 15h2M8 15h9',
  locks: 'M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3M10 12.5v1.5',
  blobs: 'M10 2.5 17 6v8l-7 3.5L3 14V6zM3 6l7 3.5L17 6M10 9.5v8',
  vms: 'M3 4h14v9H3zM7 17h6M10 13v4',
  events: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M10 6v4l3 2',
  settings: 'M3 6h8M15 6h2M13 4v4M3 14h2M9 14h8M7 12v4',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  leave: 'M8 3H4v14h4M12 6.5 15.5 10 12 13.5M15 10H8',
}

export function Icon({ name }: { readonly name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={drawings[name]} />
    </svg>
  )
}
