"""Step 4b: score of a candidate by logistic regression."""

import numpy as np

from analyzer.detection.lung_blob.features import Features
from analyzer.detection.lung_blob.parameters import ScoreWeights


def score(features: Features, weights: ScoreWeights) -> float:
    """Return the score of the features, 0 to 1: the evidence for a nodule."""
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
