"""Calls made from the OpenAPI document: for each operation every place where an id or an address can be given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crm.urls import api

Schema = dict[str, Any]
REF = "#/components/schemas/"


@dataclass(frozen=True)
class Place:
    """Where a caller names something: `lead_id` in the path of read_lead, `checks.0.email` in a body."""

    operation: str
    verb: str
    path: str
    source: str  # path, query, header or body
    name: str  # the field's own name
    schema: Schema
    body: Schema | None = None  # of a body: the smallest one that is acceptable
    within: tuple[str | int, ...] = ()  # of a body: the way to the object that has the field
    is_list: bool = False
    others: tuple[tuple[str, object], ...] = ()  # of a body: what else may be set in the same object

    def __str__(self) -> str:
        where = ".".join(map(str, [*self.within, self.name])) + (".0" if self.is_list else "")
        return f"{self.operation} ({self.verb} {self.path}): {self.source} {where}"

    def bodies(self, value: object) -> Iterator[Schema | None]:
        """The smallest body with this value in its place, then once for each other value of a field beside it."""
        if self.source != "body":
            yield self.body
            return
        for other in [{}, *({name: choice} for name, choice in self.others)]:
            body = json.loads(json.dumps(self.body))
            target = body
            for step in self.within:
                target = target[step]
            target.update(other)
            target[self.name] = [value] if self.is_list else value
            yield body


@dataclass
class Document:
    """The API's own description of itself."""

    schemas: Schema = field(default_factory=dict)
    paths: Schema = field(default_factory=dict)

    @classmethod
    def read(cls) -> Document:
        document = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/"), default=str))
        return cls(document["components"]["schemas"], document["paths"])

    def places(self) -> Iterator[Place]:
        for path, operations in self.paths.items():
            for verb, operation in operations.items():
                bodies = self.bodies_of(operation)
                for parameter in operation.get("parameters", ()):
                    yield Place(
                        operation=operation["operationId"], verb=verb, path=path, source=parameter["in"],
                        name=parameter["name"], schema=self.plain(parameter["schema"]),
                        body=self.smallest(bodies[0]) if bodies else None,
                    )  # fmt: skip
                for body in bodies:
                    yield from self.body_places(operation["operationId"], verb, path, body)

    def operations(self) -> set[str]:
        return {operation["operationId"] for path in self.paths.values() for operation in path.values()}

    def bodies_of(self, operation: Schema) -> list[Schema]:
        """The kinds of body an operation takes."""
        if "requestBody" not in operation:
            return []
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return [self.resolved(one) for one in schema.get("oneOf", [schema])]

    def body_places(
        self, operation: str, verb: str, path: str, root: Schema, schema: Schema | None = None, within: tuple = ()
    ) -> Iterator[Place]:
        fields = (schema or root)["properties"]
        for name, described in fields.items():
            plain = self.plain(described)
            items = self.plain(plain["items"]) if plain.get("type") == "array" else None
            if "properties" in (items or plain):
                yield from self.body_places(
                    operation, verb, path, root, items or plain, (*within, name, *([0] if items else []))
                )
                continue
            yield Place(
                operation=operation, verb=verb, path=path, source="body", name=name, schema=items or plain,
                body=self.smallest(root), within=within, is_list=items is not None,
                others=tuple(self.choices(fields, leaving_out=name)),
            )  # fmt: skip

    def choices(self, fields: Schema, *, leaving_out: str) -> Iterator[tuple[str, object]]:
        """Every switch on, and the last member of every closed set, which is none that is taken by default."""
        for name, described in fields.items():
            plain = self.plain(described)
            if name != leaving_out and plain.get("type") == "boolean":
                yield name, True
            elif name != leaving_out and "enum" in plain:
                yield name, plain["enum"][-1]

    def smallest(self, schema: Schema) -> Schema:
        """A body with what is required, or with the first field that has an example where nothing is."""
        fields = {name: self.plain(described) for name, described in schema["properties"].items()}
        optional = next((name for name, described in fields.items() if "examples" in described), None)
        return {name: self.example(fields[name]) for name in schema.get("required") or [optional]}

    def example(self, schema: Schema) -> object:
        if schema.get("type") == "array":
            return [self.smallest(self.plain(schema["items"]))]
        return [*schema.get("examples", ()), *schema.get("enum", ()), True][0]

    def plain(self, schema: Schema) -> Schema:
        """Without the null that may stand there instead, and without references."""
        given = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
        described = {**schema, **given[0]} if given else schema
        return {**described, **self.resolved(described)}

    def resolved(self, schema: Schema) -> Schema:
        return self.schemas[schema["$ref"].removeprefix(REF)] if "$ref" in schema else schema
