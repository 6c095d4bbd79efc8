import { h, render } from 'preact'
import { App } from './shell/app.tsx'

const place = document.getElementById('page')
if (place !== null) {
  place.replaceChildren()
  render(h(App, {}), place)
}
