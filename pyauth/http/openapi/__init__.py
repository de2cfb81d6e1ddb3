"""The OpenAPI 3.1 document of one instance: its endpoints, records and errors as data."""

from pyauth.http.openapi.document import build_document

__all__ = ["build_document"]
