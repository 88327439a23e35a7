"""Policies that people know, each by one name.

The figures of the robo-advisers and of the target-date funds are those they describe in public; a
name says whose practice it follows, not that they have approved it.
"""

from trimtab.domain.units import DAY
from trimtab.errors import BadInput
from trimtab.policy.custom import load_policy
from trimtab.policy.rules import Policy, PolicyKind

__all__ = ["DEFAULT", "POLICIES", "PRESETS", "policy_named", "preset"]

DEFAULT = "cost-optimal"

PRESETS: dict[str, Policy] = {
    DEFAULT: Policy(kind=PolicyKind.COST_OPTIMAL),
    # Deposits buy what is short; sold for only when half the sum of all deviations is 3 %.
    "betterment": Policy(
        kind=PolicyKind.THRESHOLD, total_trigger=0.03, cash_first=True, cost_multiple=0
    ),
    # Looked at every day; an asset that is a fifth of its target or 5 % away is due.
    "wealthfront": Policy(
        kind=PolicyKind.THRESHOLD,
        trigger=0.05,
        relative_trigger=0.2,
        cash_first=True,
        cost_multiple=0,
    ),
    # Due at 2 percentage points, brought back to 1.75: little is traded, often.
    "vanguard-200-175": Policy(
        kind=PolicyKind.THRESHOLD, trigger=0.02, inside=0.0175, cost_multiple=0
    ),
    "quarterly-5": Policy(
        kind=PolicyKind.COMBINED, trigger=0.05, period=91 * DAY, floor=0, cost_multiple=0
    ),
    "annual": Policy(kind=PolicyKind.CALENDAR, period=365 * DAY, floor=0, cost_multiple=0),
    "corridor": Policy(kind=PolicyKind.THRESHOLD, relative_trigger=0.2, cost_multiple=0),
}

POLICIES = (*PRESETS, PolicyKind.THRESHOLD, PolicyKind.CALENDAR, PolicyKind.COMBINED)
"""Names a policy may have; a function of one's own is named as package.module:function."""


def policy_named(name: str) -> Policy:
    """The policy of any name: a preset, a kind with its usual numbers, or a function of one's own.

    Raises
    ------
    BadInput
        If there is none of that name, or the function cannot be loaded.
    """
    if ":" in name:
        return Policy(kind=PolicyKind.CUSTOM, function=load_policy(name))
    if name in POLICIES and name not in PRESETS:
        return Policy(kind=PolicyKind(name))
    return preset(name)


def preset(name: str) -> Policy:
    """The policy of a name.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    if name not in PRESETS:
        raise BadInput(
            f'policy "{name}": expected one of {", ".join(POLICIES)}, or package.module:function'
        )
    return PRESETS[name]
