/** Whether a figure's name is one that a rule means: word by word, `*` is any one word. */
export type FigurePattern = (figure: string) => boolean

export function figurePattern(pattern: string): FigurePattern {
  if (!pattern.includes('*')) return (figure) => figure === pattern
  const words = pattern.split('.')
  const escaped = words.map((word) => (word === '*' ? '[^.]+' : word.replaceAll(/[^\w]/g, String.raw`\$&`)))
  const expression = new RegExp(`^${escaped.join(String.raw`\.`)}$`)
  return (figure) => expression.test(figure)
}
