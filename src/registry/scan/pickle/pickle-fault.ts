import type { ScanVerdict } from '../file-scan.ts'

type Refusal = Exclude<ScanVerdict, 'safe'>

/** Why a pickle is not followed any further. Thrown while one is followed, and made a finding by `scanPickle`. */
export class PickleFault extends Error {
  readonly verdict: Refusal

  constructor(verdict: Refusal, message: string) {
    super(message)
    this.verdict = verdict
  }
}

const cutOff: [Refusal, string] = ['malformed', 'The pickle is cut off']

/** The bytes end inside of the pickle. */
export class CutOff extends PickleFault {
  constructor() {
    super(...cutOff)
  }
}
