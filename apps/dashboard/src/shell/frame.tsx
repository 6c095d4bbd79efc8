import type { RefObject, VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { NodeAnswer } from '../answers/cluster-answers.ts'
import { useLive } from '../live/live-hooks.ts'
import { Icon } from '../parts/icon.tsx'
import { Logo } from '../parts/logo.tsx'
import { ConnectionNotice, ConnectionSign } from './connection.tsx'
import type { HashRoute } from './hash-route.ts'
import { usePage } from './page-context.ts'
import { placeOf, places, type Place } from './places.ts'
import { useHashRoute } from './route-hooks.ts'

/** What stands around every page: who one is, where one can go, and whether the node is there. */
export function Frame({ onLogout }: { readonly onLogout: () => Promise<void> }): VNode {
  const route = useHashRoute()
  const place = placeOf(route)
  const [isMenuOpen, setMenuOpen] = useState(false)
  const { value: node } = useLive<NodeAnswer>('node')
  const path = route.parts.join('/')
  const main = useMovingFocus(path)
  const Shown = route.parts.length > 1 ? (place.below ?? place.page) : place.page
  const name = node?.name ?? ''
  useEffect(() => {
    document.title = [place.title, ...route.parts.slice(1, 2), name, 'Flotilla']
      .filter((part) => part !== '')
      .join(' · ')
  }, [path, name])
  useEffect(() => setMenuOpen(false), [path])
  const toMain = (event: Event): void => {
    event.preventDefault()
    main.current?.focus()
  }
  return (
    <div class="frame">
      <a class="skip" href={location.hash} onClick={toMain}>
        To the content
      </a>
      <header class="bar">
        <button
          type="button"
          class="menu-button"
          aria-expanded={isMenuOpen}
          aria-controls="menu"
          onClick={() => setMenuOpen(!isMenuOpen)}
        >
          <Icon name="menu" />
          <span class="unseen">Menu</span>
        </button>
        <a class="brand" href="#/">
          <Logo size={28} />
          <span>Flotilla</span>
        </a>
        <span class="bar-node" title={node?.id}>
          {name}
        </span>
        <ConnectionSign />
        <Who onLogout={onLogout} />
      </header>
      <nav id="menu" class={isMenuOpen ? 'menu open' : 'menu'} aria-label="Pages">
        {places.map((each) => menuItem(each, place, route))}
      </nav>
      <main ref={main} tabIndex={-1}>
        <ConnectionNotice />
        <Shown key={path} route={route} />
      </main>
    </div>
  )
}

function menuItem(each: Place, place: Place, { parts }: HashRoute): VNode {
  const isHere = each.icon === place.icon
  const current = isHere ? (parts.length > 1 ? 'true' : 'page') : undefined
  return (
    <a key={each.name} href={`#/${each.name}`} aria-current={current}>
      <Icon name={each.icon} />
      {each.title}
    </a>
  )
}

function Who({ onLogout }: { readonly onLogout: () => Promise<void> }): VNode {
  const { session } = usePage()
  return (
    <span class="who">
      <span class="who-name">
        {session.name} <small>{session.role}</small>
      </span>
      <button type="button" class="bare" onClick={() => void onLogout()} title="Log out">
        <Icon name="leave" />
        <span class="unseen">Log out</span>
      </button>
    </span>
  )
}

/** Who goes to another page with a keyboard, or hears it read, goes on there; not when it has just been opened. */
function useMovingFocus(path: string): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null)
  const before = useRef(path)
  useEffect(() => {
    if (before.current === path) return
    before.current = path
    main.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [path])
  return main
}
