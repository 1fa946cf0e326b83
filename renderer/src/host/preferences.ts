/** Small choices of this browser or window, remembered across starts. Storage may be refused: then they last a session. */
export function readPreference (name: string): string | null {
  try {
    return localStorage.getItem(`headroom.${name}`)
  } catch {
    return null
  }
}

export function writePreference (name: string, value: string): void {
  try {
    localStorage.setItem(`headroom.${name}`, value)
  } catch {
    // Storage is full or refused: the choice still holds until the window closes.
  }
}
