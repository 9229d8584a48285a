/** Secrets that must not show. The longest goes first, so that one inside another leaves no rest. */
export class Masks {
  #values: string[] = []

  /** Hides a value, and each line of it: a log is masked line by line. */
  add(value: string): void {
    const parts = [value, ...value.split(/[\r\n]+/)].filter((part) => part.trim() !== '')
    this.#values = [...new Set([...this.#values, ...parts])].sort((a, b) => b.length - a.length)
  }

  hide(text: string): string {
    return this.#values.reduce((hidden, value) => hidden.replaceAll(value, '***'), text)
  }
}
