"""Options of what a browser sees when a redirect cannot take an error anywhere better."""

import re

from pydantic import field_validator

from pyauth.options.base import OptionModel

_CSS_VALUE = re.compile(r"[A-Za-z0-9 #%(),.'\"/_-]*")


class ErrorPage(OptionModel):
    """The look and the texts of the built-in error page; values are CSS."""

    title: str = "Error"
    heading: str = "Something went wrong"
    message: str | None = None
    """Shown where the request describes nothing."""
    background: str = "#ffffff"
    foreground: str = "#1c1b1a"
    accent: str = "#b42318"
    muted: str = "#6b6964"
    font_family: str = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
    home_url: str = "/"

    @field_validator("background", "foreground", "accent", "muted", "font_family")
    @classmethod
    def _check_css(cls, value: str) -> str:
        if not _CSS_VALUE.fullmatch(value):
            raise ValueError("must be a plain CSS value, without braces or semicolons")
        return value


class OnAPIError(OptionModel):
    """What browsers see of errors.

    Source: Better Auth 1.6.9, ``onAPIError``.
    """

    error_url: str | None = None
    """Where browsers are sent with an error; by default the built-in page."""
    customize_default_error_page: ErrorPage | None = None
