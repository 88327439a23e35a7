"""One process of a machine has a seat at a time, and a process that dies leaves it."""

import subprocess
import sys

import pytest
from trimtab.keeper.leadership import Candidate
from trimtab.keeper.seat import Seat

TAKES_AND_WAITS = """
import sys
from pathlib import Path
from trimtab.keeper.seat import Seat
print(Seat(Path(sys.argv[1])).take(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path):
    found = tmp_path / "trimtab.toml"
    found.touch()
    return found


@pytest.fixture
def other(file):
    """Another process, which has the seat."""
    with subprocess.Popen(
        [sys.executable, "-c", TAKES_AND_WAITS, file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        process.name = process.stdout.readline().strip()
        yield process
        process.kill()


def test_a_seat_is_had_by_one_process_until_that_dies(file, other):
    with Seat(file) as seat:
        assert seat.take() is None

        other.kill()
        other.wait()

        assert seat.take() == other.name
        assert seat.take() == other.name


def test_seats_of_two_files_are_two(file, other, tmp_path):
    elsewhere = tmp_path / "other.toml"
    elsewhere.touch()

    with Seat(elsewhere) as seat:
        assert seat.take() not in {None, other.name}


def test_where_the_start_of_the_machine_has_no_name_nothing_is_proven(file, tmp_path):
    with Seat(file, boot=tmp_path / "missing") as seat:
        assert seat.take() is None


def test_a_candidate_claims_by_its_seat_once_it_has_it(file, other):
    with Seat(file) as seat:
        candidate = Candidate("host 7 abcd", 60.0, seat)
        assert (candidate.claim().holder, candidate.claim().seat) == ("host 7 abcd", None)
        other.kill()
        other.wait()

        claim = candidate.claim()

    assert claim.holder == f"host 7 abcd {other.name}"
    assert claim.seat == other.name
