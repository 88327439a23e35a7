"""From a vault's events to its balances and values, without reading its storage."""
