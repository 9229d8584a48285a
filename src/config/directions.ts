import { nearest } from '../base/suggest.ts'

/**
 * Which way is better for metrics that everybody calls by these names. A metric that is not here needs a `direction` in
 * modelgate.yaml: it is never guessed from parts of a name.
 */
const higherShares =
  'accuracy acc accuracy_score balanced_accuracy balanced_accuracy_score balanced_acc precision precision_score ppv ' +
  'recall recall_score sensitivity tpr true_positive_rate specificity tnr true_negative_rate f1 f1_score f1_binary ' +
  'precision_micro micro_precision precision_macro macro_precision precision_weighted weighted_precision ' +
  'recall_micro micro_recall recall_macro macro_recall recall_weighted weighted_recall ' +
  'f1_micro micro_f1 f1_macro macro_f1 f1_weighted weighted_f1 f1_score_micro f1_score_macro f1_score_weighted ' +
  'specificity_macro macro_specificity roc_auc auc auroc auc_roc roc_auc_score roc_auc_ovr ' +
  'pr_auc average_precision average_precision_score auprc auc_pr recall_at_specificity sensitivity_at_specificity ' +
  'ndcg ndcg_score map mean_average_precision mrr mean_reciprocal_rank hit_rate pass_rate exact_match top_5_accuracy'
const lowerShares = 'ece expected_calibration_error'
const higher =
  `${higherShares} fbeta mcc matthews_corrcoef matthews_correlation kappa cohen_kappa cohen_kappa_score cohens_kappa ` +
  'r2 r2_score r_squared explained_variance mean_score bleu rouge1 rouge2 rougel meteor iou dice psnr ssim throughput'
const lower =
  `${lowerShares} loss log_loss logloss cross_entropy nll brier brier_score brier_score_loss mce ` +
  'mae mean_absolute_error mse mean_squared_error rmse root_mean_squared_error rmsle ' +
  'mape mean_absolute_percentage_error smape symmetric_mean_absolute_percentage_error mase mean_absolute_scaled_error ' +
  'median_ae medae median_absolute_error pinball pinball_loss mean_pinball_loss quantile_loss perplexity wer cer ter ' +
  'error error_rate hinge_loss fid latency latency_ms p50_ms p95_ms p99_ms bytes duration_ms ' +
  'peak_memory_bytes'

/** Metrics that are shares: nobody means a limit of 0.84 for an accuracy of 91. */
const shares = `${higherShares} ${lowerShares}`

export type Direction = 'higher' | 'lower'

/** The metric with a direction that comes near a name, which has none; undefined where none does. */
export function nearestDirected(metric: string): string | undefined {
  return nearest(plainName(metric), `${higher} ${lower}`.split(' '))
}

/**
 * The built-in direction of a metric. A class or a parameter behind the name changes nothing, as in `f1[cat]` and `ndcg@10`. Part names
 * before the last `.` or `/` and the usual split prefixes are dropped, so `test.accuracy`, `eval/accuracy` and `eval_accuracy` are
 * all accuracy. Undefined for names that are not in the table.
 */
export function knownDirection(metric: string): Direction | undefined {
  const plain = plainName(metric)
  if (higher.split(' ').includes(plain)) return 'higher'
  if (lower.split(' ').includes(plain)) return 'lower'
  return undefined
}

/** True for a metric that lies between 0 and 1, or, written as percent, between 0 and 100. */
export function isShare(metric: string): boolean {
  return shares.split(' ').includes(plainName(metric))
}

/** A name without the class, the parameter, the parts and the prefix of a split that stand around it. */
export function plainName(metric: string): string {
  // What stands behind the name is a class, which may hold anything, or a number with a point.
  const plain = metric
    .toLowerCase()
    .replace(/\[.*\]$/s, '')
    .replace(/(?:@|_at_)\d*\.?\d+$/, '')
  const last = plain.split(/[./]/).at(-1) ?? ''
  return last.replaceAll('-', '_').replace(/^(eval|test|val|valid|validation|holdout)_/, '')
}
