import type { Dtype } from './dtype.ts'
import { elementsOf } from './numpy-rules.ts'
import { PickleFault } from './pickle-fault.ts'
import type { PickleReader } from './pickle-reader.ts'
import type { Value } from './values.ts'

/** An array of joblib as its wrapper tells it. */
export type WrappedArray = { dtype: Dtype; shape: readonly Value[]; padded: boolean }

/**
 * Goes on behind the array that joblib put behind the BUILD of its wrapper: a byte that says how much padding follows, the padding, the
 * elements. Arrays of objects are a pickle instead, which `nested` follows. As in joblib's `NumpyArrayWrapper.read_array`.
 */
export function skipArray(reader: PickleReader, array: WrappedArray, nested?: (start: number) => number): void {
  if (nested !== undefined) {
    reader.seek(nested(reader.offset))
    return
  }
  const count = elementsOf(array.shape)
  const bytes = (count ?? Number.NaN) * array.dtype.bytes
  if (!Number.isSafeInteger(bytes)) throw new PickleFault('malformed', 'An array has an impossible shape')
  if (array.padded) reader.skip(reader.uint8())
  reader.skip(bytes)
}
