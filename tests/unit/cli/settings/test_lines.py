"""Every value that tomllib finds in a text has a line, and it is the line it stands on."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.cli.settings.lines import line_numbers


def paths_of(value, path=()):
    """Every path inside a parsed TOML value."""
    if path:
        yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        yield from paths_of(inner, (*path, key))


TEXT = '''\
# comment with [brackets] and key = 1
name = "a # not a comment"   # a comment
nested.dotted."quoted key" = 1

[node]
url = 'http://x'
[deploy.limits]
list = [
  1, 2, # comment, with ] inside
  "]",
  [3,
   4],
]
point = { x = 1, y = { z = "}" } }
text = """
[not.a.table]
say "hi" \\""" ""
"""
raw = \'\'\'it's
fine\'\'\'\'
after = 1979-05-27 07:32:00
[[deploy.assets]]
symbol = "A"
[[deploy.assets]]
symbol = "B"
[deploy.assets.feed]
address = "0x1"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("nested",), 3),
        (("nested", "dotted", "quoted key"), 3),
        (("node",), 5),
        (("node", "url"), 6),
        (("deploy", "limits"), 7),
        (("deploy", "limits", "list", 0), 9),
        (("deploy", "limits", "list", 2), 10),
        (("deploy", "limits", "list", 3, 1), 12),
        (("deploy", "limits", "point", "y", "z"), 14),
        (("deploy", "limits", "text"), 15),
        (("deploy", "limits", "after"), 21),
        (("deploy", "assets"), 22),
        (("deploy", "assets", 0), 22),
        (("deploy", "assets", 1, "symbol"), 25),
        (("deploy", "assets", 1, "feed", "address"), 27),
    ],
)
def test_each_key_is_found_on_its_line(path, line):
    assert line_numbers(TEXT)[path] == line


def test_every_value_of_the_parser_has_a_line_and_nothing_else_has():
    assert set(line_numbers(TEXT)) == set(paths_of(tomllib.loads(TEXT)))


def test_an_empty_text_has_no_keys():
    assert line_numbers("") == line_numbers("# nothing\n\n") == {}


names = st.from_regex(r"[a-z_][a-z0-9_-]{0,5}", fullmatch=True)
scalars = st.one_of(
    st.integers(-9, 99).map(str),
    st.text(alphabet="ab #[]{}=,.'", max_size=6).map(lambda text: f'"{text}"'),
    st.text(alphabet='ab #[]{}=,."', max_size=6).map(lambda text: f"'{text}'"),
    st.lists(st.sampled_from(["1", '"]"', "'#'"]), max_size=3).map(
        lambda items: f"[{', '.join(items)}]"
    ),
)


@given(st.dictionaries(names, st.dictionaries(names, scalars, max_size=4), max_size=4))
def test_generated_tables_are_scanned_like_the_parser_reads_them(tables):
    rows = []
    expected = {}
    for table, pairs in tables.items():
        rows.append(f"[{table}]")
        expected[(table,)] = len(rows)
        for key, literal in pairs.items():
            rows.append(f"{key} = {literal}")
            expected[(table, key)] = len(rows)
    text = "\n".join(rows)

    found = line_numbers(text)

    assert {path: line for path, line in found.items() if len(path) < 3} == expected
    assert set(found) == set(paths_of(tomllib.loads(text)))
