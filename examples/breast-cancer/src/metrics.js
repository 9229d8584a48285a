// Metrics of a binary classifier; labels are 0 or 1, scores are probabilities of 1.

export function binaryMetrics(labels, predicted, scores) {
  const count = (label, prediction) => labels.filter((y, i) => y === label && predicted[i] === prediction).length
  const [tp, fp, fn, tn] = [count(1, 1), count(0, 1), count(1, 0), count(0, 0)]
  return {
    accuracy: (tp + tn) / labels.length,
    roc_auc: rocAuc(labels, scores),
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
    f1: (2 * tp) / (2 * tp + fp + fn),
    log_loss: logLoss(labels, scores),
  }
}

/** The share of (malignant, benign) pairs that the score orders correctly; ties count half. */
function rocAuc(labels, scores) {
  const positives = scores.filter((_, i) => labels[i] === 1)
  const negatives = scores.filter((_, i) => labels[i] === 0)
  let wins = 0
  for (const p of positives) for (const n of negatives) wins += p > n ? 1 : p === n ? 0.5 : 0
  return wins / (positives.length * negatives.length)
}

function logLoss(labels, scores) {
  const tiny = 1e-15
  const losses = scores.map((score, i) => {
    const p = Math.min(Math.max(score, tiny), 1 - tiny)
    return -Math.log(labels[i] === 1 ? p : 1 - p)
  })
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}
