"""What happened and what may happen: backtests, risk, attribution, taxes, reports."""
