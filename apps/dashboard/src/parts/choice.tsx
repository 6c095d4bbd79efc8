import type { VNode } from 'preact'
import { useId } from 'preact/hooks'

interface ChoiceProps<Option extends string> {
  readonly label: string
  readonly options: readonly Option[]
  readonly value: Option
  readonly onChoose: (option: Option) => void
}

/** One of a few, all of which are seen. */
export function Choice<Option extends string>({ label, options, value, onChoose }: ChoiceProps<Option>): VNode {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend class="unseen">{label}</legend>
      {options.map((option) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChoose(option)} />
          <span>{option}</span>
        </label>
      ))}
    </fieldset>
  )
}
