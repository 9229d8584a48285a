import { refusedContainers, refusedFormats, refusedPrograms } from './formats/refused.ts'
import { safetensors } from './formats/safetensors.ts'
import { text } from './formats/text.ts'
import type { Scanner } from './scanner.ts'

/**
 * All formats, in the order in which they are tried: first those that begin with a signature, then those that are told by their
 * structure, then text, which nearly anything may look like.
 */
export const scanners: readonly Scanner[] = [
  ...refusedPrograms,
  ...refusedContainers,
  safetensors,
  text,
  ...refusedFormats,
]
