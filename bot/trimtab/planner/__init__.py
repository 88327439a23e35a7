"""From a destination to ordered legs at the least total cost."""
