"""The built page, and a read-only server for it: no key is near, and nothing can be sent."""
