"""
Many metrics, many workloads, one budget: e-values are averaged, critical metrics have a share of alpha of their own, fleets use
e-BH.

The weighted average is an e-value whatever the dependence between metrics (Vovk and Wang, Annals of Statistics 2021); a product
would need independence, which latency and errors of the same requests do not have. e-BH keeps the share of false rollbacks among
all rollbacks of a fleet at alpha, under any dependence as well (Wang and Ramdas, JRSSB 2022).
"""

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import NamedTuple

from rollguard_detector.core.comparison.effects import log_mean_exp


class Metric(NamedTuple):
    """One metric's evidence; ``alpha_share`` (of 1) is what a critical one may spend alone, 0 for all others."""

    log_e: float
    weight: float = 1.0
    alpha_share: float = 0.0


class Combined(NamedTuple):
    """The common log e-value, each metric's share of it, and which tests reached their threshold ("" is the common one)."""

    log_e: float
    contributions: Mapping[str, float]
    reached: tuple[str, ...]


def combine(metrics: Mapping[str, Metric], alpha: float) -> Combined:
    """Combine metrics; the common test spends what the critical ones leave. Raise ValueError where they leave nothing."""
    left = 1.0 - sum(metric.alpha_share for metric in metrics.values())
    if left <= 0.0:
        raise ValueError("the critical metrics leave nothing of alpha to the common test")
    total = sum(metric.weight for metric in metrics.values())
    logs, shares = [metric.log_e for metric in metrics.values()], [metric.weight / total for metric in metrics.values()]
    common = log_mean_exp(logs, shares)
    parts = [share * exp(one - common) for one, share in zip(logs, shares, strict=True)]
    alone = [name for name, metric in metrics.items() if metric.alpha_share and metric.log_e >= -log(metric.alpha_share * alpha)]
    reached = ([""] if common >= -log(left * alpha) else []) + alone
    return Combined(common, dict(zip(metrics, parts, strict=True)), tuple(reached))


def degraded_in_fleet(log_es: Sequence[float], alpha: float) -> set[int]:
    """Return which of a fleet's comparisons e-BH calls degraded: the k largest, for the largest k with e >= n / (alpha k)."""
    order = sorted(range(len(log_es)), key=lambda index: -log_es[index])
    found = 0
    for k, index in enumerate(order, start=1):
        if log_es[index] >= log(len(log_es) / (alpha * k)):
            found = k
    return set(order[:found])
