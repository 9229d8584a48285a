import type { DriftMethod, DriftSettings } from '../../config/checks/drift-settings.ts'

export type DriftLimits = { warn: number; error: number }

/**
 * Sizes of effect that are alike across methods: a shift of a normal distribution by about a quarter (`warn`) and half (`error`) a standard
 * deviation. Source: the measures of shifted normal distributions, which test/data/drift/limits.test.ts calculates again.
 */
export const methodLimits: Record<DriftMethod, DriftLimits> = {
  ks: { warn: 0.1, error: 0.2 },
  psi: { warn: 0.1, error: 0.25 },
  js: { warn: 0.1, error: 0.2 },
  wasserstein: { warn: 0.25, error: 0.5 },
  tv: { warn: 0.1, error: 0.2 },
  'l-infinity': { warn: 0.1, error: 0.2 },
  'cramers-v': { warn: 0.12, error: 0.24 },
}

export type ColumnRule = { method: DriftMethod; limits: DriftLimits }

/** Method and limits of a column: its own, then those of its kind, then those of the method. */
export function ruleOf(settings: DriftSettings, column: string, kind: 'numeric' | 'categorical'): ColumnRule {
  const own = settings['per-column'][column]
  const shared = settings[kind]
  const method = own?.method ?? shared.method
  const usual = methodLimits[method]
  // Limits of another method mean nothing for this one.
  const inherited: Partial<DriftLimits> = method === shared.method ? given(shared) : {}
  const { warn, error } = { ...inherited, ...given(own ?? {}) }
  return {
    method,
    limits: {
      warn: warn ?? Math.min(usual.warn, error ?? usual.warn),
      error: error ?? Math.max(usual.error, warn ?? usual.error),
    },
  }
}

function given({ warn, error }: { warn?: number | undefined; error?: number | undefined }): Partial<DriftLimits> {
  return { ...(warn === undefined ? {} : { warn }), ...(error === undefined ? {} : { error }) }
}
