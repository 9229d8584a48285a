import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isShare, knownDirection } from '../../src/config/directions.ts'
import { tasks } from '../../src/config/schema.ts'
import { catalogue } from '../../src/evaluation/catalogue.ts'
import { canonicalMetric, parseMetricName } from '../../src/evaluation/metric-names.ts'
import { dataSets } from './datasets.ts'
import { metricsOf, read } from './samples.ts'

describe('canonical names', () => {
  it.each([
    ['ROC-AUC-OVR', 'roc_auc'],
    ['cohen_kappa_score', 'kappa'],
    ['average_precision', 'pr_auc'],
    ['macro_f1', 'f1_macro'],
    ['MedAE', 'median_ae'],
    ['ece', 'ece'],
    ['ece@15', 'ece'],
    ['ECE@010', 'ece@10'],
    ['expected_calibration_error@7', 'ece@7'],
    ['ece@0', 'ece@0'],
    ['ece@2.5', 'ece@2.5'],
    ['ece@1001', 'ece@1001'],
    ['recall@10', 'recall@10'],
    ['recall_at_10', 'recall@10'],
    ['NDCG_at_5', 'ndcg@5'],
    ['ndcg', 'ndcg'],
    ['map@10', 'map@10'],
    ['pinball@.90', 'pinball@0.9'],
    ['quantile_loss@0.1', 'pinball@0.1'],
    ['pinball@1', 'pinball@1'],
    ['pinball@0.0000001', 'pinball@0.0000001'],
    ['Sensitivity-at-specificity@0.950', 'recall_at_specificity@0.95'],
    ['recall_at_specificity', 'recall_at_specificity'],
    ['F1_Score[Big Cat]', 'f1[Big Cat]'],
    ['sensitivity[a[1]]', 'recall[a[1]]'],
    ['f1[]', 'f1[]'],
    ['accuracy[cat]', 'accuracy[cat]'],
    ['f1[a\nb]', 'f1[a\nb]'],
  ])('%s: %s', (name, canonical) => {
    expect(canonicalMetric(name)).toBe(canonical)
    expect(canonicalMetric(canonical)).toBe(canonical)
  })

  it('stay what they are when they are read again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...catalogue.flatMap(({ name, aliases }) => [name, ...aliases])),
        fc.oneof(
          fc.constant(''),
          fc.string().map((label) => `[${label}]`),
          fc.double().map((value) => `@${value}`),
          fc.nat(2000).map((value) => `@${value}`),
        ),
        (base, suffix) => {
          const canonical = canonicalMetric(base + suffix)
          expect(canonicalMetric(canonical)).toBe(canonical)
        },
      ),
    )
  })

  it('belong to one metric each', () => {
    const plain = catalogue
      .filter(({ parameter, defaults }) => parameter === undefined || defaults?.includes(null) === true)
      .flatMap(({ name, aliases }) => [name, ...aliases])
    expect(new Set(plain).size).toBe(plain.length)
    for (const { name, aliases, parameter } of catalogue) {
      if (parameter !== undefined) continue
      for (const alias of aliases) expect(canonicalMetric(alias)).toBe(name)
    }
  })
})

describe('the catalogue', () => {
  it('names what is computed, task by task, and nothing else', () => {
    for (const task of tasks) {
      const named = catalogue.filter((entry) => entry.tasks.includes(task)).map(({ name }) => name)
      const computed = dataSets()
        .filter((set) => set.task === task)
        .flatMap(({ csv, wanted }) => Object.keys(metricsOf(read(csv, task), wanted)))
        .map((name) => {
          const parsed = parseMetricName(name)
          expect(parsed, name).toBeDefined()
          return parsed?.label === undefined ? parsed?.base : undefined
        })
        .filter((name) => name !== undefined)
      // The data sets have a column of losses in one task only.
      expect([...new Set([...computed, 'loss'])].sort()).toEqual([...new Set(named)].sort())
    }
  })

  it('has a direction for every name, alias, parameter and class', () => {
    for (const { name, aliases, parameter, perClass } of catalogue) {
      for (const one of [name, ...aliases]) {
        expect(knownDirection(one), one).toBe(knownDirection(name))
        expect(knownDirection(one), one).toBeDefined()
        expect(isShare(one), one).toBe(isShare(name))
        if (perClass) expect(knownDirection(`${one}[v1.2/x]`), one).toBe('higher')
        if (parameter?.kind === 'share') expect(knownDirection(`eval/${one}@0.95`), one).toBe(knownDirection(name))
        if (parameter?.kind === 'count') expect(knownDirection(`test.${one}@10`), one).toBe(knownDirection(name))
      }
    }
    expect(knownDirection('pinball@0.9')).toBe('lower')
    expect(knownDirection('ndcg_at_10')).toBe('higher')
    expect(knownDirection('my_accuracy[cat]')).toBeUndefined()
    expect([isShare('f1[cat]'), isShare('recall@10'), isShare('mae'), isShare('pinball@0.9')]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
