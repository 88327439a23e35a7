"""Every table the keeper writes: journal, leases, event index, decisions."""
