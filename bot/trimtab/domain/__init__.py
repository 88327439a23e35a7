"""Frozen values and pure arithmetic: weights, drift, cost. No I/O and no clock."""
