"""Options of what happens to errors: who is told, who gets them, and what a browser sees."""

import re
from collections.abc import Callable

from pydantic import field_validator

from pyauth.events import ErrorInfo
from pyauth.options.base import OptionModel

_CSS_VALUE = re.compile(r"[A-Za-z0-9 #%(),.'\"/_+-]*")
_FETCHES = re.compile(r"\b(?:url|src|image|image-set)\(", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BLANKS = re.compile(r"[\x00-\x20]+")


class _CSSValues(OptionModel):
    """Values of CSS; unset ones stay the page's own."""

    @field_validator("*")
    @classmethod
    def _check_css(cls, value: str | None) -> str | None:
        if value is None or (_CSS_VALUE.fullmatch(value) and not _FETCHES.search(value)):
            return value
        raise ValueError(
            "must be a plain CSS value such as #b42318, without braces, semicolons or addresses"
        )


class ErrorPageColors(_CSSValues):
    """Colours of the error page. Where one is set, it holds for dark screens too."""

    background: str | None = None
    foreground: str | None = None
    primary: str | None = None
    """Of the button that leads back."""
    primary_foreground: str | None = None
    muted_foreground: str | None = None
    border: str | None = None
    destructive: str | None = None
    """Of the frame around the title, unless ``title_border`` says otherwise."""
    title_border: str | None = None
    title_color: str | None = None
    grid_color: str | None = None
    card_background: str | None = None
    corner_border: str | None = None


class ErrorPageSizes(_CSSValues):
    """Sizes on the error page, with their CSS unit."""

    radius_sm: str | None = None
    """Of the code's corners."""
    radius_md: str | None = None
    """Of the button's corners."""
    radius_lg: str | None = None
    """Of the card's corners."""
    text_sm: str | None = None
    """Of the code and the message."""
    text_2xl: str | None = None
    """Of the heading."""
    text_4xl: str | None = None
    """Of the title on a narrow screen."""
    text_6xl: str | None = None
    """Of the title."""


class ErrorPageFonts(_CSSValues):
    """Font families of the error page; a font is not fetched, so name those that people have."""

    default_family: str | None = None
    mono_family: str | None = None


class ErrorPage(OptionModel):
    """The texts and the look of the built-in error page.

    Source: Better Auth 1.6.9, ``onAPIError.customizeDefaultErrorPage``, for the look; RustAuth for
    ``title``, ``heading`` and ``message``.
    """

    title: str = "Error"
    heading: str = "Something went wrong"
    message: str | None = None
    """Shown where the request describes nothing."""
    home_url: str = "/"
    """Where the button leads."""
    home_text: str = "Back to the site"
    colors: ErrorPageColors = ErrorPageColors()
    size: ErrorPageSizes = ErrorPageSizes()
    font: ErrorPageFonts = ErrorPageFonts()
    disable_title_border: bool = False
    disable_corner_decorations: bool = False
    disable_background_grid: bool = False

    @field_validator("home_url")
    @classmethod
    def _check_home_url(cls, url: str) -> str:
        # Browsers read "\tjavascript:" and "java\nscript:" as the scheme.
        scheme = _SCHEME.match(_BLANKS.sub("", url))
        if scheme is None or scheme.group().lower() in {"http:", "https:"}:
            return url
        raise ValueError("must be a path such as /, or an http or https address")


class OnAPIError(OptionModel):
    """What happens to errors.

    Source: Better Auth 1.6.9, ``onAPIError``.
    """

    throw: bool = False
    """Raise what nobody expected out of ``auth.handle`` and the WSGI application, instead of
    answering 500: for a framework's debugger. Errors of the HTTP contract are answered all the
    same."""
    on_error: Callable[[Exception, ErrorInfo], None] | None = None
    """Told of errors over HTTP that are the server's, or that stopped a request before its
    endpoint. Nothing that it does changes the answer."""
    error_url: str | None = None
    """Where browsers are sent with an error; by default the built-in page."""
    customize_default_error_page: ErrorPage | None = None
    """Shows the built-in page in production too."""
