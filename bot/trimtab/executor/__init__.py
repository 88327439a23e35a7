"""From a signed intent to a final transaction. The only room that sends."""
