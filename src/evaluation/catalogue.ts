import type { Task } from '../config/schema.ts'

/** What stands behind the `@` of a name: a whole number of items or bins, or a share between 0 and 1. */
export type Parameter = { kind: 'count'; most: number } | { kind: 'share' }

/** A metric that is computed from predictions. */
export type MetricEntry = {
  /** The canonical name, without parameter and class. */
  name: string
  tasks: readonly Task[]
  /** Other names under which people and tools know it. */
  aliases: readonly string[]
  parameter?: Parameter
  /** Values of the parameter that are computed without being asked for; null stands for the plain name. */
  defaults?: readonly (number | null)[]
  /** What the plain name means, where it means the same as one with a parameter. */
  plainMeans?: number
  /** True for one that exists for each class by itself, as `name[class]`. */
  perClass?: true
}

const binary = ['binary-classification'] as const
const several = ['multiclass-classification'] as const
const classes = [...binary, ...several] as const
const numbers = ['regression', 'forecasting'] as const
const ranking = ['ranking'] as const
const all = [...classes, ...numbers, ...ranking, 'generation'] as const

const items: Parameter = { kind: 'count', most: 1_000_000 }
/** More bins would be emptier than they are telling; the families count them in 16 bits. */
const bins: Parameter = { kind: 'count', most: 1000 }

function entry(name: string, tasks: readonly Task[], aliases: string, more: Partial<MetricEntry> = {}): MetricEntry {
  return { name, tasks, aliases: aliases === '' ? [] : aliases.split(' '), ...more }
}

/**
 * Every metric that is computed from predictions. Aliases are names that tools really write, and never stand for two metrics; a metric
 * of a ranking may share its name with one of a classification where only the former has a parameter, as `recall` and `recall@10`.
 */
export const catalogue: readonly MetricEntry[] = [
  entry('accuracy', classes, 'acc accuracy_score'),
  entry('balanced_accuracy', classes, 'balanced_accuracy_score balanced_acc'),
  entry('precision', binary, 'precision_score ppv', { perClass: true }),
  entry('recall', binary, 'recall_score sensitivity tpr true_positive_rate', { perClass: true }),
  entry('specificity', binary, 'tnr true_negative_rate', { perClass: true }),
  entry('f1', binary, 'f1_score', { perClass: true }),
  ...['precision', 'recall', 'f1'].flatMap((name) =>
    ['micro', 'macro', 'weighted'].map((average) =>
      entry(`${name}_${average}`, several, `${average}_${name}${name === 'f1' ? ` f1_score_${average}` : ''}`),
    ),
  ),
  entry('specificity_macro', several, 'macro_specificity'),
  entry('mcc', classes, 'matthews_corrcoef matthews_correlation'),
  entry('kappa', classes, 'cohen_kappa cohen_kappa_score cohens_kappa'),
  entry('roc_auc', classes, 'auc auroc auc_roc roc_auc_score roc_auc_ovr'),
  entry('pr_auc', binary, 'average_precision average_precision_score auprc auc_pr'),
  entry('recall_at_specificity', binary, 'sensitivity_at_specificity', {
    parameter: { kind: 'share' },
    defaults: [0.95],
  }),
  entry('log_loss', classes, 'logloss'),
  entry('brier', classes, 'brier_score brier_score_loss'),
  entry('ece', classes, 'expected_calibration_error', { parameter: bins, defaults: [null], plainMeans: 15 }),
  entry('mae', numbers, 'mean_absolute_error'),
  entry('rmse', numbers, 'root_mean_squared_error'),
  entry('r2', numbers, 'r2_score r_squared'),
  entry('mape', numbers, 'mean_absolute_percentage_error'),
  entry('smape', numbers, 'symmetric_mean_absolute_percentage_error'),
  entry('median_ae', numbers, 'medae median_absolute_error'),
  entry('pinball', numbers, 'pinball_loss mean_pinball_loss quantile_loss', {
    parameter: { kind: 'share' },
    defaults: [],
  }),
  entry('mase', ['forecasting'], 'mean_absolute_scaled_error'),
  entry('ndcg', ranking, 'ndcg_score', { parameter: items, defaults: [10] }),
  entry('map', ranking, 'mean_average_precision'),
  entry('mrr', ranking, 'mean_reciprocal_rank', { parameter: items, defaults: [null] }),
  entry('recall', ranking, '', { parameter: items, defaults: [10] }),
  entry('precision', ranking, '', { parameter: items, defaults: [] }),
  entry('pass_rate', ['generation'], ''),
  entry('mean_score', ['generation'], ''),
  entry('loss', all, ''),
]
