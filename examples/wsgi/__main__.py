"""``python -m examples.wsgi``: make the tables, serve the service, say where it is."""

import os

from werkzeug.serving import run_simple

from examples.wsgi.app import create_app, create_auth

HOST = "127.0.0.1"


def main() -> None:
    port = int(os.environ.get("PORT", "5001"))
    auth = create_auth(
        base_url=f"http://{HOST}:{port}",
        # An example runs on your own machine. A real service sets PYAUTH_SECRET instead.
        mode=os.environ.get("PYAUTH_ENV", "development"),
    )
    auth.migrate()
    print(f"The service is at http://{HOST}:{port} (Ctrl+C ends it).", flush=True)
    run_simple(HOST, port, create_app(auth), threaded=True)


if __name__ == "__main__":
    main()
