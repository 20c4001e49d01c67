"""What reaches a terminal and what reaches a pipe."""

import io
import re
from contextlib import redirect_stdout

import pytest

from rollguard_console.output import Output, Table, printable

TABLE = Table(("id", "what"), [("rollback-1", "[bold]not markup[/bold]")])


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def _on_a_terminal(monkeypatch, table, **environ):
    """Return what a terminal of 80 columns is sent."""
    for name, text in {"TERM": "xterm-256color", "COLUMNS": "80", **environ}.items():
        monkeypatch.setenv(name, text)
    with redirect_stdout(_Terminal()) as screen:
        Output().answer({}, table)
    return re.sub(r"\x1b\[[01]m", "", screen.getvalue())  # bold is no colour


def test_on_a_terminal_a_table_is_drawn_and_nothing_in_it_is_taken_for_markup(monkeypatch):
    shown = _on_a_terminal(monkeypatch, TABLE)

    assert "─" in shown
    assert "[bold]not markup[/bold]" in shown


def test_an_id_is_never_cut_off(monkeypatch):
    shown = _on_a_terminal(monkeypatch, Table(("id", "what"), [("rollback-0123456789abcdef", "x" * 40)]), COLUMNS="24")

    assert "…" not in shown
    assert sum(shown.count(digit) for digit in "0123456789") == 10  # folded, but all there


def test_no_color_is_honoured(monkeypatch):
    assert "\x1b" not in _on_a_terminal(monkeypatch, TABLE, NO_COLOR="1")


def test_in_a_pipe_nothing_is_drawn(capsys):
    Output().answer({}, TABLE)

    assert capsys.readouterr().out == "id\twhat\nrollback-1\t[bold]not markup[/bold]\n"


def test_with_json_nothing_but_the_document_is_printed(capsys):
    output = Output()
    output.as_json = True
    output.answer({"a": 1}, "a page")
    output.complain("too late", 1)

    assert capsys.readouterr().out == '{"a":1}\n'


@pytest.mark.parametrize(
    ("text", "shown"), [("plain", "plain"), ("ä€", "ä€"), ("a\tb\n", r"a\tb\n"), ("\x1b[2J", r"\x1b[2J"), ("\u202e", r"\u202e")]
)
def test_control_characters_are_shown_not_obeyed(text, shown):
    assert printable(text) == shown
