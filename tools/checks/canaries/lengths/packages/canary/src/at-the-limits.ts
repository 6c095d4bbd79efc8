// xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
export function allowed(): void {
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
  step()
}
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
// Within.
