"""Several reads as one statement: each row comes back as an object of its part's class, by the names of its fields."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from crm.postgres.union import Part, Union


class Point(NamedTuple):
    x: int
    label: str | None


class Shape(NamedTuple):
    name: str
    is_open: bool
    corner: Point


class Alone(NamedTuple):
    corner: Point


class Tags(NamedTuple):
    tags: list[str]


POINT = {"x": "7", "label": "NULL"}
SHAPE = Part("shape", Shape, "", root="%(root)s", name="'square'", is_open="true", corner=POINT)
ALONE = Part("alone", Alone, "", corner={"x": "8", "label": "'a'"})
TAGS = Part("tags", Tags, "", tags="%(tags)s")


@pytest.mark.django_db
def test_rows_of_each_part_are_objects_of_its_class_with_their_root():
    root = uuid4()
    rows = list(Union[object]("", [SHAPE, ALONE, TAGS]).rows({"root": root, "tags": ["b", "c"]}))
    assert rows == [
        (root, Shape("square", True, Point(7, None))),
        (None, Alone(Point(8, "a"))),
        (None, Tags(["b", "c"])),
    ]
    assert [type(row) for _, row in rows] == [Shape, Alone, Tags]
    assert isinstance(rows[0][0], UUID)


def test_the_shared_columns_are_as_many_of_a_type_as_the_widest_part_needs():
    shared = [column.name for column in Union[object]("", [SHAPE, ALONE, TAGS]).shared]
    assert shared == ["boolean_1", "int_1", "text_1", "text_2", "texts_1"]
    assert SHAPE.columns["corner.label"].name == "text_2" and ALONE.columns["corner.label"].name == "text_1"


def test_a_part_gives_the_fields_of_its_class_and_no_others():
    with pytest.raises(TypeError, match="name"):
        Part("shape", Shape, "", is_open="true", corner=POINT)
    with pytest.raises(TypeError, match="colour"):
        Part("alone", Alone, "", corner=POINT, colour="'red'")
    with pytest.raises(TypeError, match="label"):
        Part("alone", Alone, "", corner={"x": "1"})
