"""A mandate with more routes than a chain takes at once is refused before anything is sent."""

from dataclasses import replace

import pytest
from trimtab.deploy.size import CREATION_CAP, mandate_findings, mandate_size
from trimtab.deploy.spec import RouteSpec
from trimtab.deploy.steps import creations, step
from trimtab.deploy.survey import AssetFacts, Survey
from unit.deploy.test_spec import SPEC, A, C

SHORT, LONG = RouteSpec(0, 1, (500,)), RouteSpec(1, 0, (500, 3000, 100), (A, C))
ADDRESSES = dict.fromkeys(creations(SPEC), C)
FOUND = Survey(None, C, (AssetFacts(6, 8, 10**8, 0, 10**36),) * 2, (10**6, 10**6), ())


def with_routes(*routes, keepers=1):
    roles = replace(SPEC.roles, keepers=(C,) * keepers)
    return replace(SPEC, routes=routes, roles=roles)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(SPEC, id="two-routes"),
        pytest.param(with_routes(*[SHORT] * 90), id="short-paths"),
        pytest.param(with_routes(*[LONG, SHORT] * 30, keepers=5), id="long-paths"),
    ],
)
def test_the_size_is_that_of_the_transaction(spec):
    hops = [len(route.fees) for route in spec.routes]

    size = mandate_size(assets=2, keepers=len(spec.roles.keepers), hops=hops)

    assert size == len(step("Mandate", spec, FOUND, ADDRESSES).data)


@pytest.mark.parametrize("route", [SHORT, LONG])
def test_as_many_routes_as_it_names_pass_and_one_more_does_not(route):
    (finding,) = mandate_findings(with_routes(*[route] * 200))
    assert f"expected at most {CREATION_CAP:,}" in finding
    assert "vault propose add-route" in finding
    fit = int(finding.partition("keep the first ")[2].split()[0])

    assert list(mandate_findings(with_routes(*[route] * fit))) == []
    assert list(mandate_findings(with_routes(*[route] * (fit + 1))))
