/** A mistake of the test or of this server, not a refusal that GitHub would send. Collected, and thrown on `close`. */
export class Problem extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Problem'
  }
}
