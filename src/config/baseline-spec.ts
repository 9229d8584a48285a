/** What a change is compared with. */
export type BaselineSpec =
  | { kind: 'base-branch' }
  | { kind: 'champion' }
  | { kind: 'best'; metric?: string }
  | { kind: 'rolling'; runs: number }
  | { kind: 'pinned'; ref: string }
  | { kind: 'file'; path: string }
