/** The workflow asks for something that the emulator does not model. It rejects the whole run: a test must not pass on a guess. */
export class Unsupported extends Error {
  constructor(what: string) {
    super(`the runner emulator does not model ${what}`)
    this.name = 'Unsupported'
  }
}

/** What fails the step on GitHub, too: its message becomes an error annotation. */
export class StepFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StepFailure'
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
