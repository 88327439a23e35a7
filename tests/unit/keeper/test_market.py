"""What acting costs counts what a rollup charges beside gas."""

from trimtab.chain.answers import FeeHistory
from trimtab.domain.units import WAD
from trimtab.executor.fees import HistoryFees
from trimtab.executor.networks import OP_GAS_PRICE_ORACLE
from trimtab.keeper.market import ChainMarket, FixedNativePrice
from unit.keeper.test_quoting import snapshot


class Rollup:
    """A node of a chain whose oracle asks a wei for every byte."""

    def fee_history(self, blocks, *, percentile):
        return FeeHistory((10**9,), (10**6,))

    def call(self, call):
        assert call.to == OP_GAS_PRICE_ORACLE
        return len(call.data).to_bytes(32)


def view(l1_oracle):
    fees = HistoryFees(ceiling=10**12)
    return ChainMarket(Rollup(), fees, FixedNativePrice(2000.0), (), l1_oracle).view(snapshot(WAD))


def test_a_rollups_data_fee_is_a_cost():
    assert view(OP_GAS_PRICE_ORACLE).l1_fee_wei > 400


def test_where_gas_is_all_nothing_is_added():
    assert view(None).l1_fee_wei == 0
    assert view(None).gas_price_wei == 10**9 + 10**6
