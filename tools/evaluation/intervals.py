"""Confidence intervals of shares."""

from scipy.stats import norm

CONFIDENCE = 0.95


def wilson(found: int, total: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (E. B. Wilson, 1927); it stays within 0 to 1 and holds for few."""
    z = float(norm.ppf(0.5 + CONFIDENCE / 2))
    share = found / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * (share * (1 - share) / total + z**2 / (4 * total**2)) ** 0.5
    return max(centre - half, 0.0), min(centre + half, 1.0)


def share_with_interval(found: int, total: int) -> str:
    """Return found / total with the interval, or nothing when none was counted."""
    if total == 0:
        return ""
    low, high = wilson(found, total)
    return f"{found} / {total} ({found / total:.2f}; {low:.2f}-{high:.2f})"
