"""Wilson's interval for a share: honest for few verdicts, and never outside 0–1. Pure."""

from math import sqrt

Z_95 = 1.959963984540054
"""The two-sided 95 % quantile of the normal distribution."""


def wilson(successes: int, n: int, *, z: float = Z_95) -> tuple[float, float]:
    """Return the bounds of the share of successes in n; 0 and 1 if n is 0.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).

    Raises:
        ValueError: there are more successes than n, or fewer than none.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n}: expected 0 to n successes")
    if n == 0:
        return 0.0, 1.0
    share, square = successes / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # At the ends the bound is exactly the share; rounding must not push it past.
    low = 0.0 if successes == 0 else max(0.0, min(share, middle - half))
    high = 1.0 if successes == n else min(1.0, max(share, middle + half))
    return low, high
