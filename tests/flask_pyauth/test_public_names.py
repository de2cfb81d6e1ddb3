"""What ``flask_pyauth`` offers; a name leaves this list only with a note in the change log."""

import subprocess
import sys

import flask_pyauth


def test_the_public_names() -> None:
    assert sorted(flask_pyauth.__all__) == [
        "FlaskApi",
        "FlaskPyAuth",
        "Installation",
        "current_session",
        "current_user",
        "email_changed",
        "email_verified",
        "fresh_session_required",
        "login_required",
        "next_path",
        "password_changed",
        "session_revoked",
        "user_deleted",
        "user_signed_in",
        "user_signed_out",
        "user_signed_up",
        "user_updated",
    ]
    assert all(hasattr(flask_pyauth, name) for name in flask_pyauth.__all__)


def test_an_app_that_serves_loads_no_command() -> None:
    code = (
        "import sys, flask, flask_pyauth; app = flask.Flask('site'); app.testing = True; "
        "flask_pyauth.FlaskPyAuth(app); "
        "print([name for name in sys.modules if name.startswith(('pyauth.cli', 'alembic'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
