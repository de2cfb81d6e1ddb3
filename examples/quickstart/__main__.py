"""``python -m examples.quickstart``: make the tables, serve the site, say where it is."""

import os

from examples.quickstart.app import create_app
from examples.quickstart.extensions import auth

HOST = "127.0.0.1"


def main() -> None:
    port = int(os.environ.get("PORT", "5000"))
    url = os.environ.get("PYAUTH_URL", f"http://{HOST}:{port}")
    app = create_app(
        {
            # This way of serving is for your own machine.
            "PYAUTH_ENV": os.environ.get("PYAUTH_ENV", "development"),
            "PYAUTH_URL": url,
            "PYAUTH_TRUSTED_ORIGINS": [f"http://localhost:{port}"],
        },
    )
    with app.app_context():
        auth.migrate()
    print(f"The quickstart is at {url} (Ctrl+C ends it); its mails appear here.", flush=True)
    app.run(HOST, port, threaded=True)


if __name__ == "__main__":
    main()
