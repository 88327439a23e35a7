"""Target weights from price history, under constraints. Pure: everything arrives as arguments."""
