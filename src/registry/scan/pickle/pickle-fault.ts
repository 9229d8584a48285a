import type { ScanVerdict } from '../file-scan.ts'

type Refusal = Exclude<ScanVerdict, 'safe'>

/** Why a pickle is not followed any further. Thrown while one is followed, and made a finding by `scanPickle`. */
export class PickleFault extends Error {
  readonly verdict: Refusal
  /** True where a loader may well go on: what is behind it counts, whoever loads the file. */
  readonly passable: boolean

  constructor(verdict: Refusal, message: string, passable = false) {
    super(message)
    this.verdict = verdict
    this.passable = passable
  }
}

const cutOff: [Refusal, string] = ['malformed', 'The pickle is cut off']

/** The bytes end inside of the pickle. */
export class CutOff extends PickleFault {
  constructor() {
    super(...cutOff)
  }
}
