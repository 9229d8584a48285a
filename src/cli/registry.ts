import { exitCodes } from '../base/error.ts'
import type { StateStore } from '../refs/state-store.ts'

/** What the commands about registered models have in common. */

export type RemoteFlag = { remote?: string }

export const remoteOption = [
  '--remote <name>',
  'remote, address or folder of the repository with the registry (default: origin, or this repository itself)',
] as const

/** Runs a command on the registry, and closes it whatever happens. */
export async function withRegistry<T>(
  { remote }: RemoteFlag,
  signal: AbortSignal,
  use: (store: StateStore) => Promise<T>,
): Promise<T> {
  const { openStateStore } = await import('../refs/open-state-store.ts')
  const store = await openStateStore({
    workingDirectory: process.cwd(),
    signal,
    ...(remote === undefined ? {} : { remote }),
  })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** A refusal ends like a gate that blocks. */
export function exitCodeOfChange(outcome: string): number {
  return outcome === 'refused' ? exitCodes.blocked : exitCodes.pass
}
