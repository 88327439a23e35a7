"""A clock that stands until it is moved."""


class FakeClock:
    def __init__(self, now=1_800_000_000.0):
        self.time = now

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds
