"""The built-in error page: one document with its style inside, in light and dark."""

from markupsafe import escape

from pyauth.options import ErrorPage

_DEFAULT_MESSAGE = "The request could not be completed. Go back and try again."

_LIGHT = {
    "background": "#ffffff",
    "foreground": "#1c1b1a",
    "primary": "#1c1b1a",
    "primary-foreground": "#ffffff",
    "muted-foreground": "#5c5955",
    "border": "#d9d6d1",
    "destructive": "#b42318",
    "corner-border": "#45423e",
}
_DARK = {
    "background": "#161514",
    "foreground": "#f5f3f0",
    "primary": "#f5f3f0",
    "primary-foreground": "#161514",
    "muted-foreground": "#a8a49e",
    "border": "#45423e",
    "destructive": "#f97066",
    "corner-border": "#a8a49e",
}
_FOLLOWING = {
    "title-border": "var(--destructive)",
    "title-color": "var(--foreground)",
    "grid-color": "var(--border)",
    "card-background": "var(--background)",
}
"""Colours that are another one's unless they are set."""
_SIZES = {
    "radius-sm": ".3rem",
    "radius-md": ".3rem",
    "radius-lg": "0",
    "text-sm": ".9rem",
    "text-2xl": "1.5rem",
    "text-4xl": "2.25rem",
    "text-6xl": "3rem",
}
_FONTS = {
    "default-family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "mono-family": "ui-monospace, 'Cascadia Code', Menlo, monospace",
}

_STYLE = """\
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--background); color: var(--foreground); font-family: var(--default-family); }
main { position: relative; width: 100%; max-width: 40rem; padding: 1.5rem; text-align: center;
  border: 2px solid var(--border); border-radius: var(--radius-lg);
  background: var(--card-background); }
h1 { display: inline-block; margin: 0 0 1.5rem; padding: .3rem 1rem; line-height: 1.1;
  border: 2px solid var(--title-border); color: var(--title-color); font-size: var(--text-6xl); }
h2 { margin: 0 0 1rem; font-size: var(--text-2xl); }
p { margin: 0 auto 1rem; max-width: 28rem; line-height: 1.5; color: var(--muted-foreground);
  font-size: var(--text-sm); overflow-wrap: anywhere; }
code { display: inline-block; padding: .3rem .7rem; border: 2px solid var(--border);
  border-radius: var(--radius-sm); color: var(--foreground); font-family: var(--mono-family); }
a { display: inline-block; margin-top: .5rem; padding: .5rem 1rem; text-decoration: none;
  border: 2px solid var(--border); border-radius: var(--radius-md);
  background: var(--primary); color: var(--primary-foreground); }
@media (max-width: 40rem) { h1 { font-size: var(--text-4xl); } }
"""
_PLAIN_TITLE = "h1 { border-color: transparent; }\n"
_GRID = """\
body::before { content: ""; position: fixed; inset: 0; z-index: -1; opacity: .5;
  background-image: linear-gradient(to right, var(--grid-color) 1px, transparent 1px),
    linear-gradient(to bottom, var(--grid-color) 1px, transparent 1px);
  background-size: 40px 40px; }
"""
_CORNERS = """\
main::before, main::after { content: ""; position: absolute; width: 2rem; height: 2rem; }
main::before { top: -2px; left: -2px; border-top: 4px solid var(--corner-border);
  border-left: 4px solid var(--corner-border); }
main::after { bottom: -2px; right: -2px; border-bottom: 4px solid var(--corner-border);
  border-right: 4px solid var(--corner-border); }
"""


def render_error_page(page: ErrorPage, code: str, description: str) -> str:
    """Return the page as HTML.

    Args:
        page: its texts and look; the values are checked when options are read.
        code: what is shown as the error's code; any text.
        description: shown as the message; any text, empty for the page's own.
    """
    message = description or page.message or _DEFAULT_MESSAGE
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(page.title)}</title>
<style>
{_render_style(page)}</style>
</head>
<body>
<main>
<h1>{escape(page.title)}</h1>
<h2>{escape(page.heading)}</h2>
<p><code>{escape(code)}</code></p>
<p>{escape(message)}</p>
<a href="{escape(page.home_url)}">{escape(page.home_text)}</a>
</main>
</body>
</html>
"""


def _render_style(page: ErrorPage) -> str:
    own = {
        name.replace("_", "-"): value
        for group in (page.colors, page.size, page.font)
        for name, value in group
        if value is not None
    }
    light = {**_LIGHT, **_FOLLOWING, **_SIZES, **_FONTS, **own}
    dark = {name: value for name, value in _DARK.items() if name not in own}
    parts = [
        f":root {{ {_declare(light)} }}\n",
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_declare(dark)} }} }}\n" if dark else "",
        _STYLE,
        _PLAIN_TITLE if page.disable_title_border else "",
        "" if page.disable_background_grid else _GRID,
        "" if page.disable_corner_decorations else _CORNERS,
    ]
    return "".join(parts)


def _declare(values: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in values.items())
