"""The embedded chain: real venues, feeds and tokens, moved along a price history."""
