"""A sweep on a Dask cluster finds what it finds here, and survives the cluster."""

import re

import numpy as np
import pandas as pd
import pytest
from trimtab.errors import BadInput
from trimtab.research.cluster import Patience, on_cluster
from trimtab.research.frontier import Family
from trimtab.research.price_table import PriceTable
from trimtab.research.sweep import SweepOptions, sweep

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:(distributed|dask|tornado).*")

HASTE = Patience(connect=5.0, alone=3.0)


@pytest.fixture(scope="module")
def table():
    moves = np.random.default_rng(1).standard_normal((200, 3)) * 0.03
    prices = np.exp(np.cumsum(moves, axis=0))
    return PriceTable(86_400 * np.arange(200), ("A", "B", "C"), prices, np.ones(200, bool))


@pytest.fixture(scope="module")
def whole(table, tmp_path_factory):
    return sweep(table, options(tmp_path_factory.mktemp("here")))


@pytest.fixture
def cluster():
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as found:
        yield found


def options(folder):
    return SweepOptions(
        targets=np.full(3, 1 / 3),
        families=(Family.CALENDAR, Family.TO_EDGE),
        fees=(0.003,),
        gas=(0.0, 1e-4),
        output=folder / "sweep.parquet",
    )


def test_a_cluster_finds_the_same(table, whole, cluster, tmp_path):
    with on_cluster(cluster.scheduler_address, HASTE) as run:
        there = sweep(table, options(tmp_path), run=run)

    pd.testing.assert_frame_equal(there, whole)


def test_a_cluster_that_disappears_is_named_and_what_it_did_is_kept(
    table, whole, cluster, tmp_path
):
    def vanish(done, _):
        if done == 1:
            cluster.close()

    with (
        pytest.raises(BadInput, match="the cluster is gone"),
        on_cluster(cluster.scheduler_address, HASTE) as run,
    ):
        sweep(table, options(tmp_path), vanish, run)

    parts = list((tmp_path / "sweep.parquet.parts").glob("*.parquet"))
    assert 1 <= len(parts) < 4
    pd.testing.assert_frame_equal(sweep(table, options(tmp_path)), whole)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "http://127.0.0.1:9"])
def test_an_address_without_a_scheduler_is_refused(address):
    with (
        pytest.raises(BadInput, match=f"--scheduler {re.escape(address)}: no scheduler answers"),
        on_cluster(address, Patience(connect=1.0)),
    ):
        pass
