/** `system` is what the machine wants, and what it is at first. */
export const themes = ['system', 'light', 'dark'] as const

export type Theme = (typeof themes)[number]

const place = 'flotilla-theme'

export function keptTheme(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(place)) ?? 'system'
  } catch {
    return 'system'
  }
}

/** `light-dark()` of the style follows the colour scheme of the document. */
export function applyTheme(theme: Theme): void {
  document.documentElement.style.colorScheme = theme === 'system' ? '' : theme
  dispatchEvent(new Event(themeChanged))
}

export function keepTheme(theme: Theme): void {
  try {
    localStorage.setItem(place, theme)
  } catch {
    // It holds until the page is closed.
  }
  applyTheme(theme)
}

/** Told to whoever draws by itself, as charts do. */
export const themeChanged = 'flotilla-theme'
