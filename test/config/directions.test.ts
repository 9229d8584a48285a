import { expect, it } from 'vitest'
import { knownDirection } from '../../src/config/directions.ts'

it.each([
  ['accuracy', 'higher'],
  ['roc_auc', 'higher'],
  ['log_loss', 'lower'],
  ['rmse', 'lower'],
  ['latency.p95_ms', 'lower'],
  ['test.accuracy', 'higher'],
  ['eval/accuracy', 'higher'],
  ['eval_accuracy', 'higher'],
  ['Validation-F1', 'higher'],
  ['accuracy_loss_ratio', undefined],
  ['inaccuracy', undefined],
  ['my_accuracy', undefined],
  ['test_', undefined],
  ['', undefined],
  ['constructor', undefined],
])('%s: %s', (metric, expected) => {
  expect(knownDirection(metric)).toBe(expected)
})
