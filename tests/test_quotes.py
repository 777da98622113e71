"""One kind of quotation mark on every screen and in every answer: “ and ”."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.template.base import Lexer, TokenType

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [
    path
    for app in ("crm", "leads", "outreach", "analytics")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
OTHER_MARKS = re.compile("[\u00ab\u00bb\u201e\u2039\u203a]")
# Words between straight marks: "so", not an attribute of a tag and not a mark that stands alone.
STRAIGHT = re.compile(r"""(?<![=\w\\])"[^"<>=\n]*[A-Za-z{][^"<>=\n]*"(?![\w=])""")
TAG = re.compile(r"<[^>]*>")
QUOTED_IN_SCRIPT = re.compile(r"`[^`]*`")
# What a script puts in, which may hold an object: ${format(kept, { hour: "2-digit" })}.
FIELD_OF_SCRIPT = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")


def strings_of(path: Path) -> Iterator[str]:
    """What a Python file may say on a screen: its strings, without docstrings; an f-string's fields as {}."""
    tree = ast.parse(path.read_text())
    silent = {id(part) for node in ast.walk(tree) for part in unsaid(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def unsaid(node: ast.AST) -> list[ast.AST]:
    """Docstrings, and the pieces of an f-string, which is taken as one."""
    if isinstance(node, ast.JoinedStr):
        return list(node.values)
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    return [first.value] if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else []


def text_of(template: str) -> str:
    """What a template shows: its text, with a field as {} and without tags, comments and what tags say."""
    template = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", template, flags=re.DOTALL)
    kinds = {TokenType.TEXT: str, TokenType.VAR: lambda _: "{}"}
    pieces = [kinds.get(token.token_type, lambda _: "")(token.contents) for token in Lexer(template).tokenize()]
    return TAG.sub("\n", "".join(pieces))


def spoken_by(script: str) -> list[str]:
    """The template literals of a script, with a field as {}: other strings could hold no name to quote."""
    return [FIELD_OF_SCRIPT.sub("{}", text) for text in QUOTED_IN_SCRIPT.findall(re.sub(r"//.*", "", script))]


def test_nothing_quotes_with_other_marks():
    texts = {path: [path.read_text()] for path in [*TEMPLATES, *SCRIPTS]} | {
        path: [*strings_of(path)] for path in PYTHON
    }
    found = [(str(path.relative_to(ROOT)), text) for path in texts for text in texts[path] if OTHER_MARKS.search(text)]
    assert found == []


def test_nothing_on_a_screen_quotes_with_straight_marks():
    shown = {path: [text_of(path.read_text())] for path in TEMPLATES}
    shown |= {path: spoken_by(path.read_text()) for path in SCRIPTS}
    shown |= {path: [text for text in strings_of(path) if " " in text and "<" not in text] for path in PYTHON}
    found = [
        (str(path.relative_to(ROOT)), match.group())
        for path, texts in shown.items()
        for text in texts
        for match in STRAIGHT.finditer(text)
        if not is_code(text, match)
    ]
    assert found == []


def is_code(text: str, match: re.Match[str]) -> bool:
    """SQL, selectors, headers and formats have straight marks by their own grammar."""
    return (
        bool(re.search(r"\[[\w-]+=|\bSELECT\b|AT TIME ZONE|filename=|;[qr]=", text))
        or text[match.start() - 1 : match.start()] == "["
    )


def test_the_words_are_found_where_they_would_be_shown(tmp_path):
    said = tmp_path / "said.py"
    said.write_text('"""A "docstring" is no screen."""\nwords = f\'Alice said "{text}" today\'\n')
    assert [STRAIGHT.search(text) is not None for text in strings_of(said)] == [True]
    assert STRAIGHT.search(text_of('<p class="a">He said "hello" to {{ name }}.</p>'))
    assert not STRAIGHT.search(text_of('<p class="a" title="b">He said “hello”.</p>'))
    assert STRAIGHT.search(*spoken_by('say(`She said "${text}" at ${clock(now, { hour: "2-digit" })}`);'))
    assert not STRAIGHT.search(*spoken_by('say(`at ${clock(now, { hour: "2-digit" })}`);'))
