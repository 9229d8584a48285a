import { gguf } from './formats/gguf.ts'
import { gzip } from './formats/gzip.ts'
import { hdf5 } from './formats/hdf5-scan.ts'
import { onnx } from './formats/onnx.ts'
import { png } from './formats/png.ts'
import { refusedContainers, refusedFormats, refusedPrograms } from './formats/refused.ts'
import { safetensors } from './formats/safetensors.ts'
import { savedModel } from './formats/saved-model.ts'
import { sentencePiece } from './formats/sentence-piece.ts'
import { tar } from './formats/tar.ts'
import { text } from './formats/text.ts'
import { ubjson } from './formats/ubjson.ts'
import { zipArchive } from './formats/zip-archive.ts'
import { pickleScanners } from './pickle/scanners.ts'
import type { Scanner } from './scanner.ts'

/**
 * All formats, in the order in which they are tried: first those that begin with a signature, then those that are told by their
 * structure, then text, which nearly anything may look like.
 */
export const scanners: readonly Scanner[] = [
  ...refusedPrograms,
  ...pickleScanners,
  ...refusedContainers,
  gguf,
  hdf5,
  png,
  zipArchive,
  gzip,
  ...refusedFormats,
  safetensors,
  tar,
  ubjson,
  savedModel,
  onnx,
  sentencePiece,
  text,
]
