import { memorySource } from '../../../../src/registry/scan/memory-source.ts'
import { scanSource, verdictOf } from '../../../../src/registry/scan/scan-source.ts'
import type { Scanned } from '../../../../src/registry/scan/scanner.ts'
import { UnpackBudget } from '../../../../src/registry/scan/unpack.ts'

/** Little-endian numbers, as most formats keep them. */
export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

export function scanBytes(name: string, bytes: Uint8Array | string, allowGlobals: readonly string[] = []): Scanned {
  return scanSource(memorySource(name, Buffer.from(bytes)), { allowGlobals, budget: new UnpackBudget() })
}

/** Format and verdict, and what is wrong first. */
export function judge(
  name: string,
  bytes: Uint8Array | string,
  allowGlobals: readonly string[] = [],
): [format: string, verdict: string, message: string] {
  const { format, findings } = scanBytes(name, bytes, allowGlobals)
  return [format, verdictOf(findings), findings[0]?.message ?? '']
}
