"""The loop: one synchronous decision for each new block."""
