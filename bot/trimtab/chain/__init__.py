"""Reads from a node: RPC pool, lens, quote curves, feed history, contract artifacts."""
