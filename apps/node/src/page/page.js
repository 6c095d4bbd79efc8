// Asks for the page again every few seconds and puts the parts that live in place of the old ones, so that only the
// server knows how anything is shown.
const everyMs = 5_000
const timeoutMs = 4_000
const liveness = document.getElementById('liveness')
const freshness = document.getElementById('freshness')
let stopped = false

async function refresh() {
  const response = await fetch('/', { signal: AbortSignal.timeout(timeoutMs) })
  if (response.status === 401) {
    stopped = true
    throw new Error('it was started anew: open the address that ./flotilla status shows')
  }
  if (!response.ok) throw new Error(`it answered ${response.status}`)
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(part.id)
    if (next) part.replaceChildren(...next.childNodes)
  }
}

/** @type {(isRunning: boolean, words: string) => void} */
function say(isRunning, words) {
  // Written only when it changes, because a screen reader says it each time.
  const word = isRunning ? 'running' : 'not answering'
  if (liveness.textContent !== word) liveness.textContent = word
  liveness.classList.toggle('bad', !isRunning)
  freshness.textContent = words
}

async function turn() {
  if (!document.hidden) {
    try {
      await refresh()
      say(true, `Read at ${new Date().toLocaleTimeString()}, again every ${everyMs / 1_000} s.`)
    } catch (error) {
      say(false, `The node does not answer: ${error.message}.`)
    }
  }
  if (!stopped) turnLater()
}

function turnLater() {
  setTimeout(() => void turn(), everyMs)
}

turnLater()
