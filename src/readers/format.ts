import type { FileInput, FolderInput } from './input.ts'
import type { Reading } from './reading.ts'

/**
 * How well an input fits a format. `content`: only this format looks so. `name`: it has the format's shape and its file name.
 * `generic`: its shape is that of the format, which is that of much else.
 */
export type Fit = 'no' | 'generic' | 'name' | 'content'

/** What a format found, without its own name. */
export type Found = Omit<Reading, 'format'>

type Common = {
  /** As in `--format`: lower case with hyphens. */
  name: string
  /** For people: `MLflow data base`. */
  title: string
}

/** A format of single files. */
export type FileFormat = Common & {
  of: 'file'
  /** Never throws: a file that cannot be looked into does not fit. */
  fit(input: FileInput): Fit
  /** File names that are meant to be of this format: such a file is read, and complained about, as one, when its content fits none. */
  called?: RegExp
  read(input: FileInput): Found | Promise<Found>
}

/** A format that is a whole folder. */
export type FolderFormat = Common & {
  of: 'folder'
  fit(input: FolderInput): Promise<Fit>
  read(input: FolderInput): Promise<Found>
}

export type Format = FileFormat | FolderFormat
