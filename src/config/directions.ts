/**
 * Which way is better for metrics that everybody calls by these names. A metric that is not here needs a `direction` in
 * modelgate.yaml: it is never guessed from parts of a name.
 */
const higher =
  'accuracy acc balanced_accuracy precision recall sensitivity specificity f1 f1_score f1_macro f1_micro f1_weighted ' +
  'f1_binary fbeta mcc matthews_corrcoef kappa cohen_kappa roc_auc auc auroc pr_auc average_precision auprc r2 r2_score ' +
  'explained_variance ndcg map mrr hit_rate bleu rouge1 rouge2 rougel meteor exact_match pass_rate iou dice psnr ssim ' +
  'precision_macro recall_macro precision_weighted recall_weighted top_5_accuracy throughput'
const lower =
  'loss log_loss logloss cross_entropy nll brier brier_score ece mce mae mse rmse rmsle mape smape mase medae ' +
  'median_absolute_error mean_absolute_error mean_squared_error root_mean_squared_error perplexity wer cer ter ' +
  'error error_rate hinge_loss pinball_loss fid latency latency_ms p50_ms p95_ms p99_ms bytes duration_ms peak_memory_bytes'

/** Metrics that are shares: nobody means a limit of 0.84 for an accuracy of 91. */
const shares =
  'accuracy acc balanced_accuracy precision recall sensitivity specificity f1 f1_score f1_macro f1_micro f1_weighted ' +
  'f1_binary roc_auc auc auroc pr_auc average_precision auprc precision_macro recall_macro precision_weighted ' +
  'recall_weighted top_5_accuracy hit_rate exact_match pass_rate'

export type Direction = 'higher' | 'lower'

/**
 * The built-in direction of a metric. Part names before the last `.` or `/` and the usual split prefixes are dropped, so
 * `test.accuracy`, `eval/accuracy` and `eval_accuracy` are all accuracy. Undefined for names that are not in the table.
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

function plainName(metric: string): string {
  const last = metric.toLowerCase().split(/[./]/).at(-1) ?? ''
  return last.replaceAll('-', '_').replace(/^(eval|test|val|valid|validation|holdout)_/, '')
}
