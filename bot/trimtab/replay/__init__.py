"""Backtested decisions on the real contracts of a local chain."""
