import type { ScanVerdict } from '../file-scan.ts'

/** Why a pickle is not followed any further. Thrown while one is followed, and made a finding by `scanPickle`. */
export class PickleFault extends Error {
  readonly verdict: Exclude<ScanVerdict, 'safe'>

  constructor(verdict: Exclude<ScanVerdict, 'safe'>, message: string) {
    super(message)
    this.verdict = verdict
  }
}

/** The bytes end inside of the pickle. */
export class CutOff extends PickleFault {
  constructor() {
    super('malformed', 'The pickle is cut off')
  }
}
