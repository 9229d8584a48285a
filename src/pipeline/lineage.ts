import type { Baseline } from './baseline.ts'

/** What judging asks about the base of a change: of a checkout, or of GitHub where nothing is checked out. */
export type Lineage = {
  /** False where no base of the change is known. */
  hasBase: boolean
  /** Those of some commits that the base branch has; undefined where no base is known, so that runs of any commit count. */
  ofBase(commits: readonly string[]): Promise<ReadonlySet<string> | undefined>
  /** Commits before the base of the change, newest first. Where no base is known, those up to `own`, the commit of the run. */
  ancestors(own: string | undefined): Promise<string[]>
  /** The commit that a branch, a tag or the beginning of a SHA names. */
  resolve(ref: string): Promise<string | undefined>
  /**
   * The text of a file of golden rows as the base has it, for a change must not strike rows from the list that it is held to; of the change where
   * the base does not have it. Throws `golden/…` and what reading a file throws.
   */
  goldenText(file: string): Promise<string>
  /** The record that modelgate.yaml names as a baseline. A change must not edit what it is compared with. */
  recordOfBase(path: string): Promise<Omit<Baseline, 'policy'>>
}
