/** `auto`: runs that may be baselines; `always`: others as well, which then are history and never a baseline. */
export const recordModes = ['auto', 'always', 'off'] as const
export type RecordMode = (typeof recordModes)[number]
