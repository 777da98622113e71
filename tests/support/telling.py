"""What a failed test prints beside its comparison: the promise it holds; answers and verdicts in their own words."""

from __future__ import annotations

import json
import re
from collections.abc import Generator

import pytest
from django.http import HttpResponse

from outreach.guard import Verdict
from outreach.guard.sentences import sentence

LONGEST = 200


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test ends with the sentence that no longer holds."""
    report = yield
    if report.failed and report.when == "call":
        report.sections.append(("What no longer holds", promise(item)))
    return report


def promise(item: pytest.Item) -> str:
    """The test's name as a sentence, for which values, and its docstring."""
    name, _, values = item.name.removeprefix("test_").partition("[")
    sentence = name.replace("_", " ").capitalize() + (f" ({values.removesuffix(']')})" if values else "") + "."
    words = getattr(getattr(item, "function", None), "__doc__", None) or ""
    return f"{sentence} {' '.join(words.split())}".strip()


def speak() -> None:
    """Answers and verdicts are shown in comparisons as what they say, not only by their status."""
    HttpResponse.__repr__ = describe_answer  # type: ignore[method-assign]  # only what failed tests print
    Verdict.__repr__ = describe_verdict  # type: ignore[method-assign]  # likewise


def describe_answer(answer: HttpResponse) -> str:
    request = getattr(answer, "request", {})
    called = f"{request.get('REQUEST_METHOD', '')} {request.get('PATH_INFO', '')}".strip()
    return f"<{answer.status_code}{f' to {called}' if called else ''}: {words_of(answer)}>"


def words_of(answer: HttpResponse) -> str:
    """The code and sentence of a problem, the alerts or the text of a page, where it is sent on to."""
    if location := answer.headers.get("Location"):
        return f"sent on to {location}"
    text = answer.content.decode(errors="replace")
    if "json" in answer.headers.get("Content-Type", ""):
        return words_of_json(text)[:LONGEST]
    alerts = re.findall(r'role="alert"[^>]*>(.*?)</(?:p|div)>', text, re.DOTALL)
    verdict = re.findall(r'<section id="verdict".*?</section>', text, re.DOTALL)
    return without_tags(" ".join([*alerts, *verdict]) or text.partition("<main")[2].partition(">")[2] or text)[:LONGEST]


def words_of_json(text: str) -> str:
    try:
        body = json.loads(text)
    except ValueError:
        return text
    if isinstance(body, dict) and "code" in body and "detail" in body:
        return f"{body['code']}: {body['detail']} {body.get('errors', '')}".strip()
    return text


def without_tags(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def describe_verdict(verdict: Verdict) -> str:
    reasons = "; ".join(f"{reason.rule} ({reason.answer}): {sentence(reason)}" for reason in verdict.reasons)
    return f"<{verdict.answer}: {reasons or 'no reason'}>"


class Body(dict[str, object]):
    """The JSON of an answer. A field that is missing fails with the whole answer instead of a bare KeyError."""

    def __init__(self, values: dict[str, object], answer: HttpResponse) -> None:
        super().__init__(values)
        self.answer = answer

    def __missing__(self, name: str) -> object:
        raise AssertionError(f"There is no “{name}” in this answer: {describe_answer(self.answer)}")
