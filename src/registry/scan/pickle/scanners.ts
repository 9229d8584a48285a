import type { Scanner } from '../scanner.ts'
import { compressedPickleScanner } from './compressed-scanner.ts'
import { npyScanner, npzScanner } from './npy-scanner.ts'
import { pickleScanner } from './pickle-scanner.ts'
import { torchLegacyScanner } from './torch-legacy-scanner.ts'
import { torchZipScanner } from './torch-scanner.ts'

/**
 * Scanners for pickles and what contains them, the surest signs first. They go before those of archives and of text: a model of PyTorch is a
 * zip archive, a compressed one of joblib may be a gzip stream, and a pickle of protocol 0 is text.
 */
export const pickleScanners: readonly Scanner[] = [
  npyScanner,
  torchZipScanner,
  npzScanner,
  torchLegacyScanner,
  compressedPickleScanner,
  pickleScanner,
]
