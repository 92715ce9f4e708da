"""Step 4b: the score, a logistic regression."""

import numpy as np

from analyzer.detection.lung_blob.features import Features
from analyzer.detection.lung_blob.parameters import ScoreWeights


def score(features: Features, weights: ScoreWeights) -> float:
    """Weigh the features; 0 to 1, the evidence that this is a nodule and not something else."""
    logit = (
        weights.intercept
        + weights.log_diameter * np.log(features.diameter_mm)
        + weights.inside * features.inside
        + weights.blob * features.blob
        + weights.attached * features.attached
        + weights.log_elongation * np.log(features.elongation)
        + weights.log_flatness * np.log(features.flatness)
        + weights.cnr * features.cnr
    )
    return float(1 / (1 + np.exp(-logit)))
