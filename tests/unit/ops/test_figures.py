"""Rules and dashboards name only figures that a keeper publishes, with the labels they have."""

import json
import re
from pathlib import Path

import pytest
import yaml
from trimtab.keeper.result import Action
from trimtab.telemetry.metrics import Metrics

OPS = Path(__file__).parents[3] / "deployments" / "ops"
RULES = yaml.safe_load((OPS / "prometheus" / "rules.yml").read_text())
DASHBOARD = json.loads((OPS / "grafana" / "keeper.json").read_text())
FIGURE = re.compile(r"\b((?:trimtab|process)_[a-z0-9_]+)")
LABELS = re.compile(r"\b(?:by|without) \(([a-z_, ]+)\)|\{\{ ?(?:\$labels\.)?([a-z_]+) ?\}\}")
OUTER_LABELS = {"instance", "job", "le"}
"""Labels that Prometheus itself adds, and that of a histogram's buckets."""


def expressions():
    for rule in RULES["groups"][0]["rules"]:
        yield rule["alert"], rule["expr"], json.dumps(rule["annotations"])
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


def published():
    """Every series of a keeper by name, with the names of its labels."""
    metrics = Metrics()
    for family in vars(metrics).values():
        names = getattr(family, "_labelnames", ())
        if names:
            family.labels(*names)
    found = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


KNOWN = published()


@pytest.mark.parametrize(("where", "expression", "text"), list(expressions()))
def test_a_figure_that_is_named_exists_with_its_labels(where, expression, text):
    names = FIGURE.findall(expression)

    assert names or expression.startswith("up{")
    assert set(names) <= set(KNOWN), where
    allowed = OUTER_LABELS.union(*(KNOWN[name] for name in names))
    used = {
        label.strip()
        for match in LABELS.finditer(expression + text)
        for label in (match[1] or match[2]).split(",")
        if label != "value"
    }
    selected = set(re.findall(r"([a-z_]+)=~?\"", expression))
    assert used | selected <= allowed, where


def test_every_figure_of_ours_is_shown_or_watched():
    ours = {name for name in KNOWN if name.startswith("trimtab_")}
    named = {n for _, expression, _ in expressions() for n in FIGURE.findall(expression)}
    parts = ("_created", "_sum", "_count")

    unnamed = {name for name in ours - named if not name.endswith(parts)}

    assert unnamed == set()


def test_each_rule_says_what_to_do():
    for rule in RULES["groups"][0]["rules"]:
        assert rule["annotations"]["action"].endswith("."), rule["alert"]
        assert rule["labels"]["severity"] in {"page", "warn"}


def test_the_actions_of_the_keeper_fit_the_store():
    assert all(len(action) <= 20 for action in Action)
