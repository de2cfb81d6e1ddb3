"""Beside Flask-SQLAlchemy: its engine, its MetaData, models that point at our tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, event, text

from flask_pyauth import FlaskPyAuth, current_user
from flask_pyauth.testing import login_client
from pyauth import ConfigurationError, ServiceUnavailable
from tests.flask_pyauth.conftest import ADA, ORIGIN, json_of

NewAuth = Callable[..., FlaskPyAuth]


def make_app(path: Path, db: SQLAlchemy, **config: Any) -> Flask:
    app = Flask("site")
    app.config.update(
        TESTING=True, SQLALCHEMY_DATABASE_URI=f"sqlite:///{path}/site.sqlite3", **config
    )
    db.init_app(app)
    return app


def dispose(app: Flask, db: SQLAlchemy) -> None:
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("database_first", [True, False])
def test_a_model_may_point_at_our_users(
    tmp_path: Path, new_auth: NewAuth, database_first: bool
) -> None:
    db = SQLAlchemy()
    if database_first:
        app = make_app(tmp_path, db)
        auth = new_auth(database=db)
        auth.init_app(app)
    else:
        app = Flask("site")
        uri = f"sqlite:///{tmp_path}/site.sqlite3"
        app.config.update(TESTING=True, SQLALCHEMY_DATABASE_URI=uri)
        auth = new_auth(database=db)
        auth.init_app(app)
        db.init_app(app)

    class Note(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(Integer, primary_key=True)
        text = db.Column(Text)
        author_id = db.Column(String(36), ForeignKey("users.id"))

    @app.post("/notes")
    def write() -> dict[str, Any]:
        note = Note(text="hello", author_id=current_user.id)
        db.session.add(note)
        db.session.commit()
        found = db.session.query(Note).filter_by(author_id=current_user.id).one()
        return {"text": found.text}

    with app.app_context():
        assert auth.metadata is db.metadata
        db.create_all()
        assert auth.plan().is_empty
    client = app.test_client()
    client.post("/api/auth/sign-up/email", json=ADA, headers=ORIGIN)

    assert client.post("/notes").json == {"text": "hello"}
    dispose(app, db)


@pytest.mark.parametrize(
    ("on_delete", "status", "left"), [("SET NULL", 200, (0, None)), ("RESTRICT", 409, (1, "his"))]
)
def test_rows_of_the_app_say_what_becomes_of_them_when_their_user_leaves(
    tmp_path: Path,
    new_auth: NewAuth,
    caplog: pytest.LogCaptureFixture,
    on_delete: str,
    status: int,
    left: tuple[int, str | None],
) -> None:
    db = SQLAlchemy()
    app = make_app(tmp_path, db)
    auth = new_auth(database=db, user={"delete_user": {"enabled": True}})
    auth.init_app(app)

    class Note(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(Integer, primary_key=True)
        author_id = db.Column(String(36), ForeignKey("users.id", ondelete=on_delete))

    with app.app_context():
        event.listen(db.engine, "connect", enforce_foreign_keys)
        db.create_all()
    client = login_client(app)
    with app.app_context():
        (user,) = auth.context.users.list()
        db.session.add(Note(author_id=user.id))
        db.session.commit()

    answer = client.post("/api/auth/delete-user", json={})

    assert answer.status_code == status
    with app.app_context():
        author_id = db.session.query(Note).one().author_id
        author = "his" if author_id == user.id else author_id
        assert (auth.context.users.count(), author) == left
    assert (client.get("/api/auth/get-session").json is not None) == (left[0] == 1)
    assert "DELETE FROM" not in caplog.text
    dispose(app, db)


def enforce_foreign_keys(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")


def test_the_engine_is_that_of_flask_sqlalchemy(tmp_path: Path, new_auth: NewAuth) -> None:
    db = SQLAlchemy()
    app = make_app(tmp_path, db)
    auth = new_auth(database=db)
    auth.init_app(app)

    with app.app_context():
        auth.migrate()
        assert db.engine.dialect.has_table(db.session.connection(), "users")
        assert auth.context.adapter.engine is db.engine  # type: ignore[attr-defined]
    dispose(app, db)


def test_no_application_context_is_needed(tmp_path: Path, new_auth: NewAuth) -> None:
    db = SQLAlchemy()
    app = make_app(tmp_path, db)
    auth = new_auth(database=db)
    auth.init_app(app)

    auth.for_app(app).migrate()

    assert auth.for_app(app).plan().is_empty
    dispose(app, db)


def test_migrating_by_create_all_and_by_the_command_agree(
    tmp_path: Path, new_auth: NewAuth
) -> None:
    db = SQLAlchemy()
    app = make_app(tmp_path, db)
    auth = new_auth(database=db)
    auth.init_app(app)

    with app.app_context():
        auth.migrate()
        db.create_all()
        assert auth.plan().is_empty
    assert json_of(login_client(app).get("/api/auth/get-session"))["user"]["email"]
    dispose(app, db)


def test_one_pair_of_extensions_serves_several_apps(tmp_path: Path, new_auth: NewAuth) -> None:
    db = SQLAlchemy()
    auth = new_auth(database=db)
    apps = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        app = make_app(folder, db)
        auth.init_app(app)
        with app.app_context():
            auth.migrate()
        apps.append(app)

    login_client(apps[0])

    assert [auth.for_app(app).context.users.count() for app in apps] == [1, 0]
    for app in apps:
        dispose(app, db)


def test_a_metadata_of_ones_own_may_be_given(tmp_path: Path, new_auth: NewAuth) -> None:
    db, other = SQLAlchemy(), SQLAlchemy()
    app = make_app(tmp_path, db)
    auth = new_auth(database=db, metadata=other.metadata)
    auth.init_app(app)

    assert "users" in other.metadata.tables
    assert "users" not in db.metadata.tables
    with app.app_context():
        db.session.remove()


def test_a_call_within_the_apps_own_write_on_sqlite_is_unavailable_after_a_while(
    tmp_path: Path, new_auth: NewAuth
) -> None:
    db = SQLAlchemy()
    app = make_app(tmp_path, db, SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"timeout": 0.1}})
    auth = new_auth(database=db)
    auth.init_app(app)
    with app.app_context():
        auth.migrate()
        db.session.execute(text("DELETE FROM sessions"))

        with pytest.raises(ServiceUnavailable):
            auth.api.sign_up_email(body=ADA)
        db.session.commit()
        assert auth.api.sign_up_email(body=ADA).user.name == "Ada"
    dispose(app, db)


def test_another_table_of_that_name_is_refused(tmp_path: Path, new_auth: NewAuth) -> None:
    db = SQLAlchemy()
    app = make_app(tmp_path, db)
    Table("users", db.metadata, Column("id", Integer, primary_key=True))

    with pytest.raises(ConfigurationError, match="users"):
        new_auth(database=db).init_app(app)


def test_it_may_be_configured(tmp_path: Path, new_auth: NewAuth) -> None:
    db = SQLAlchemy()
    app = make_app(tmp_path, db)
    app.config["PYAUTH_DATABASE"] = db
    auth = new_auth(database=None)
    auth.init_app(app)

    assert auth.for_app(app).metadata is db.metadata
