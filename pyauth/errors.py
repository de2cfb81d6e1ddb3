"""The errors that cross storeys. Modules with errors of their own derive them from these.

::

    PyAuthError
    ├── APIError                 an answer of the HTTP contract: status, code, message
    │   ├── ValidationFailed     400 VALIDATION_ERROR, with the issues
    │   └── ServiceUnavailable   503: a bound was reached or a dependency is down
    ├── ConfigurationError       raised while starting; lists every problem and its way out
    │   └── ConflictError        two contributors claim one thing; both are named
    └── StoreError               raised by adapters and stores
        ├── UniqueViolation      a unique value is taken; names the model and its fields
        ├── ReferenceViolation   a row names another one that is not there
        ├── UnfitValue           a value is missing, of the wrong kind or too long for its field
        └── StoreUnavailable     locked, unreachable or out of connections

Messages of configuration and store errors name options, models and fields, never values.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyauth import error_codes
from pyauth.error_codes import ErrorCode


class PyAuthError(Exception):
    """The root of all errors raised by pyauth."""


class APIError(PyAuthError):
    """An error of the HTTP contract: raised by handlers, rendered by the pipeline.

    Args:
        error: the code with its default message and status.
        message: replaces the default message.
        status: replaces the usual status.
        headers: header pairs that the answer carries.
        details: further members of the JSON body, in wire names.
    """

    def __init__(
        self,
        error: ErrorCode,
        *,
        message: str | None = None,
        status: int | None = None,
        headers: Iterable[tuple[str, str]] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = error.code
        self.message = error.message if message is None else message
        self.status = error.status if status is None else status
        self.headers = list(headers)
        self.details = dict(details or {})
        super().__init__(self.message)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body: ``code``, ``message`` and the details."""
        return {"code": self.code, "message": self.message, **self.details}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.status}, {self.code!r}, {self.message!r})"


class ValidationFailed(APIError):
    """The input does not fit the endpoint's models: 400 ``VALIDATION_ERROR``.

    Args:
        issues: one text per mismatch, worded as upstream words it.
    """

    def __init__(self, issues: Sequence[str]) -> None:
        self.issues = tuple(issues)
        super().__init__(error_codes.VALIDATION_ERROR, message="; ".join(issues))


class ServiceUnavailable(APIError):
    """The server cannot do the work now; the same request may succeed later: 503."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(error_codes.SERVICE_UNAVAILABLE, message=message)


class ConfigurationError(PyAuthError):
    """The configuration is refused at start-up.

    Args:
        problems: every problem found, each naming the option and what would be right.
    """

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("; ".join(self.problems))


class ConflictError(ConfigurationError):
    """Two contributors claim the same thing.

    Args:
        what: the contested thing, such as ``endpoint POST /sign-in/email``.
        first: who claimed it first, such as ``core`` or ``plugin two-factor``.
        second: who claimed it too.
        cure: what to do about it.
    """

    def __init__(self, what: str, *, first: str, second: str, cure: str = "") -> None:
        self.what, self.first, self.second = what, first, second
        text = f"{what} is contributed by {first} and by {second}"
        super().__init__(f"{text}; {cure}" if cure else text)


class StoreError(PyAuthError):
    """A storage operation failed."""


class UniqueViolation(StoreError):
    """A value that must be unique is already taken.

    Args:
        model: logical model name.
        fields: the logical fields of the violated constraint; empty where the driver hides them.
    """

    def __init__(self, model: str, fields: Sequence[str] = ()) -> None:
        self.model = model
        self.fields = tuple(fields)
        super().__init__(f"a unique value of {model} is taken ({', '.join(fields) or 'unknown'})")


class ReferenceViolation(StoreError):
    """A row names another one that is not there, or is named by one that forbids its end."""


class UnfitValue(StoreError):
    """A value does not fit its field: it is missing, of the wrong kind, or too long."""


class StoreUnavailable(StoreError):
    """The store is locked, unreachable or out of connections, after bounded waiting."""
