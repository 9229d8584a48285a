import type { ModelFacts, ScanFinding } from './file-scan.ts'
import type { UnpackBudget } from './unpack.ts'

/** Bytes of a file, or of an entry of a container, in any order. Reading is synchronous: scanning is bound by the processor. */
export type ByteSource = {
  /** Name for findings: `model.pt`, `model.pt!archive/data.pkl`. */
  name: string
  size: number
  /** `length` bytes from `offset`, fewer at the end. The array may be used again by the next call. */
  read(offset: number, length: number): Uint8Array
}

/** What a scanner needs beside the bytes. */
export type ScanContext = {
  /** Globals that the project allows, such as `sklearn.tree._classes.DecisionTreeClassifier` or `mypackage.*`. */
  allowGlobals: readonly string[]
  /** How deep in containers this source lies; 0 for a file. */
  depth: number
  /** What may still be unpacked, counted over the whole scan: one for all that is scanned together. */
  budget: UnpackBudget
  /** Scans what lies inside, by content. Refuses what lies too deep, or unpacks to too much. */
  scanInside(source: ByteSource): Scanned
}

/** What a scanner found in one source. The verdict is the worst finding, or `safe` without one. */
export type Scanned = {
  format: string
  findings: ScanFinding[]
  /** Everything that loading would import. */
  globals: string[]
  /** Those of them that are not known and that `allowGlobals` allowed, so that they are no finding. */
  allowed?: string[]
  /** Files that belong to this one and hold raw numbers, as paths relative to it, such as `model.onnx.data`. */
  companions?: string[]
  facts?: ModelFacts
}

/** One format. Chosen by content first, name second. Hostile bytes give findings, never an exception. */
export type Scanner = {
  format: string
  /** `head`: the first 4,096 bytes or fewer. */
  recognises(head: Uint8Array, source: ByteSource): boolean
  scan(source: ByteSource, context: ScanContext): Scanned
}
