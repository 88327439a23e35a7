"""Where each key of a TOML text stands: parsers give values without their lines."""

from __future__ import annotations

Path = tuple[str | int, ...]
"""Keys and array positions from the root, for example `("deploy", "assets", 2, "band")`."""

_BLANK = " \t"
_BLANK_OR_BREAK = " \t\r\n"
_BARE_END = ",]}#\r\n"


def line_numbers(text: str) -> dict[Path, int]:
    """Line of every table, key and array element of a TOML text, counted from 1.

    Parameters
    ----------
    text
        A text that `tomllib` accepts; the result of any other is unspecified.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """A cursor over a valid TOML text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[Path, int] = {}
        self.table_counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._skip(_BLANK_OR_BREAK):
            if self._peek("[["):
                table = self._array_header()
            elif self._peek("["):
                table = self._table_header()
            else:
                self._pair(table)

    def _array_header(self) -> Path:
        line = self._line()
        self.position += 2
        *parents, name = self._key()
        self.position += 2
        array = (*self._resolve(parents), name)
        count = self.table_counts.get(array, 0)
        self.table_counts[array] = count + 1
        self.lines.setdefault(array, line)
        self.lines[(*array, count)] = line
        return (*array, count)

    def _table_header(self) -> Path:
        line = self._line()
        self.position += 1
        table = self._resolve(self._key())
        self.position += 1
        self._mark(table, line)
        return table

    def _resolve(self, key: list[str]) -> Path:
        """The path that a header names: an array of tables stands for its last element."""
        path: Path = ()
        for part in key:
            path = (*path, part)
            if path in self.table_counts:
                path = (*path, self.table_counts[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = (*table, *self._key())
        self._mark(path, line)
        self._skip(_BLANK)
        self.position += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        opening = self.text[self.position]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in "\"'":
            self._string()
        else:
            self._bare()

    def _array(self, path: Path) -> None:
        self.position += 1
        index = 0
        while self._skip(_BLANK_OR_BREAK + ",") and not self._peek("]"):
            self.lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
        self.position += 1

    def _inline_table(self, path: Path) -> None:
        self.position += 1
        while self._skip(_BLANK_OR_BREAK + ",") and not self._peek("}"):
            self._pair(path)
        self.position += 1

    def _bare(self) -> None:
        while self.position < len(self.text) and self.text[self.position] not in _BARE_END:
            self.position += 1

    def _string(self) -> str:
        """The text between the quotes, escapes left as they are."""
        quote = self.text[self.position]
        closing = quote * 3 if self._peek(quote * 3) else quote
        start = self.position + len(closing)
        end = start
        while not self.text.startswith(closing, end):
            end += 2 if quote == '"' and self.text[end] == "\\" else 1
        while len(closing) == 3 and self.text.startswith(closing, end + 1):
            end += 1
        self.position = end + len(closing)
        return self.text[start:end]

    def _key(self) -> list[str]:
        parts = [self._key_part()]
        while self._skip(_BLANK) and self._peek("."):
            self.position += 1
            parts.append(self._key_part())
        return parts

    def _key_part(self) -> str:
        self._skip(_BLANK)
        if self.text[self.position] in "\"'":
            return self._string()
        start = self.position
        while self.text[self.position].isalnum() or self.text[self.position] in "-_":
            self.position += 1
        return self.text[start : self.position]

    def _mark(self, path: Path, line: int) -> None:
        """Record the line of a path, and of each parent that has none yet."""
        for depth in range(1, len(path)):
            self.lines.setdefault(path[:depth], line)
        self.lines[path] = line

    def _skip(self, characters: str) -> bool:
        """Pass over `characters`, and comments where line breaks are passed; False at the end."""
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == "#" and "\n" in characters:
                self._skip_comment()
            elif character in characters:
                self.position += 1
            else:
                return True
        return False

    def _skip_comment(self) -> None:
        end = self.text.find("\n", self.position)
        self.position = len(self.text) if end < 0 else end

    def _peek(self, expected: str) -> bool:
        return self.text.startswith(expected, self.position)

    def _line(self) -> int:
        return self.text.count("\n", 0, self.position) + 1
