"""An endpoint: one operation as data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

from pyauth.error_codes import ErrorCode
from pyauth.errors import ConfigurationError
from pyauth.http.inputs import Body, Query, Shape, shape_of

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

B = TypeVar("B")
R = TypeVar("R")
BodyT = TypeVar("BodyT", bound=Body)

Guard = Callable[[Any], None]
"""Receives the call after validation; raises an ``APIError`` to refuse it."""


@dataclass(frozen=True, eq=False)
class Endpoint(Generic[B, R]):
    """One operation: name, methods, path, input models, guards, handler.

    Attributes:
        name: unique snake_case name; ``auth.api.<name>`` calls it.
        methods: the HTTP methods that reach it.
        path: below the base path, with ``:name`` for a parameter; None for in-process use only.
        handler: receives the call, then the body and the query where the endpoint declares them.
        body, query: the input models.
        guards: run in order after validation.
        media_types: the content types a body may have.
        starts_session: whether it signs somebody in; see :attr:`faces_strangers`.
        sends_code: whether it sends something by which an address is proved; likewise.
        bypass_origin_security: skip the origin and CSRF checks; for callers that are no browsers.
        replaces: whether it may take the place of a core endpoint of the same name.
        operation_id, summary, errors, openapi: for the OpenAPI document.
        source: who contributes it: ``core`` or ``plugin <id>``.
    """

    name: str
    methods: tuple[str, ...]
    path: str | None
    handler: Callable[..., R]
    body: type[Body] | None = None
    query: type[Query] | None = None
    guards: tuple[Guard, ...] = ()
    media_types: tuple[str, ...] = (JSON,)
    starts_session: bool = False
    sends_code: bool = False
    bypass_origin_security: bool = False
    replaces: bool = False
    operation_id: str | None = None
    summary: str = ""
    errors: tuple[ErrorCode, ...] = ()
    openapi: Mapping[str, Any] = field(default_factory=dict)
    source: str = "core"
    body_shape: Shape | None = field(init=False, repr=False)
    query_shape: Shape | None = field(init=False, repr=False)

    @property
    def faces_strangers(self) -> bool:
        """Whether people without a session call it for what it hands out.

        Its origin is checked even without cookies, since a stranger must not sign a visitor in or
        have codes sent, and how long it takes must tell nothing: see
        ``advanced.outbound_min_response_time``.
        """
        return self.starts_session or self.sends_code

    def __post_init__(self) -> None:
        if self.path is not None and (not self.path.startswith("/") or "//" in self.path):
            raise ConfigurationError(
                f"endpoint {self.name!r}: the path {self.path!r} must start with one slash and "
                "hold no empty segment"
            )
        if self.body is not None and set(self.methods) <= {"GET", "HEAD"}:
            raise ConfigurationError(f"endpoint {self.name!r}: a GET has no body")
        set_once = object.__setattr__
        set_once(self, "body_shape", shape_of(self.body) if self.body else None)
        set_once(self, "query_shape", shape_of(self.query) if self.query else None)


@overload
def endpoint(
    methods: str | Sequence[str], path: str | None, *, body: type[BodyT], **facts: Any
) -> Callable[[Callable[..., R]], Endpoint[BodyT, R]]: ...
@overload
def endpoint(
    methods: str | Sequence[str], path: str | None, **facts: Any
) -> Callable[[Callable[..., R]], Endpoint[None, R]]: ...
def endpoint(
    methods: str | Sequence[str], path: str | None, **facts: Any
) -> Callable[[Callable[..., R]], Endpoint[Any, R]]:
    """Make an endpoint of a handler; it is named after the function.

    Args:
        methods: one HTTP method, or several.
        path: below the base path; None for in-process use only.
        **facts: the further attributes of :class:`Endpoint`.
    """

    def make(handler: Callable[..., R]) -> Endpoint[Any, R]:
        chosen = (methods,) if isinstance(methods, str) else tuple(methods)
        summary = (handler.__doc__ or "").strip().partition("\n")[0]
        return Endpoint(
            name=facts.pop("name", handler.__name__),
            methods=chosen,
            path=path,
            handler=handler,
            summary=facts.pop("summary", summary),
            **facts,
        )

    return make
