"""Apps that own their migrations: the real Flask-Migrate, and Alembic without Flask."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import op
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, MetaData, Table
from sqlalchemy.dialects import mysql, postgresql

from pyauth.db.migration.autogenerate import compare_type, include_object, render_item
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.databases import GUARD, SAMPLE
from tests.support.migration import by_default_on, columns_of, only_on

APP = '''
"""An app whose migrations are written by Flask-Migrate."""

import os
import warnings

import sqlalchemy.exc

warnings.filterwarnings("error", category=sqlalchemy.exc.SAWarning)
warnings.filterwarnings("error", module="pyauth|flask_pyauth")

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData

from flask_pyauth import FlaskPyAuth
from tests.pyauth.db.migration.test_growth import ADDITIONAL, Badges, Teams

app = Flask(__name__)
app.config.update(
    TESTING=True,
    SQLALCHEMY_DATABASE_URI=os.environ["DATABASE"],
    PYAUTH_SECRET="FlaskMigrate-4d6f8a0c2e1b39570a",
    PYAUTH_BASE_URL="http://localhost",
)
grown = "GROWN" in os.environ
# What Alembic's batch mode asks of references on SQLite.
convention = {"fk": "fk_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"}
db = SQLAlchemy(app, metadata=MetaData(naming_convention=convention))


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner_id = db.Column(db.ForeignKey("users.id"), nullable=False)


auth = FlaskPyAuth(
    app,
    database=db,
    plugins=[Teams()] if grown else [],
    user={"additional_fields": {"motto": {"type": "string", "required": False}}} if grown else {},
)
hooks = {"render_item": auth.render_item, "compare_type": auth.compare_type}
if os.environ["OWNER"] == "pyauth":
    hooks["include_object"] = auth.include_object
Migrate(app, db, render_as_batch=True, **hooks)
'''

DRIVE = """
import json
import sys

from app import app, auth

runner = app.test_cli_runner()
for command in json.loads(sys.argv[1]):
    if command == "pyauth migrate":
        with app.app_context():
            auth.migrate()
        continue
    result = runner.invoke(args=["db", *command.split()])
    if result.exception is not None:
        raise result.exception
with app.app_context():
    print(json.dumps([auth.plan().describe(), auth.plan().is_empty]))
"""


class Project:
    """A folder with an app, and processes that run its commands."""

    def __init__(self, folder: Path, url: URL, owner: str) -> None:
        self._folder = folder
        self._environment = {
            "DATABASE": url.render_as_string(hide_password=False),
            "OWNER": owner,
            "PYTHONPATH": os.getcwd(),
        }
        (folder / "app.py").write_text(APP)
        (folder / "drive.py").write_text(DRIVE)

    def run(self, *commands: str, **environment: str) -> Any:
        """Run commands of ``flask db`` in one process, and return what is planned then."""
        told = _run(
            [sys.executable, "drive.py", json.dumps(commands)],
            self._folder,
            {**self._environment, **environment},
        )
        return json.loads(told.splitlines()[-1])

    @property
    def scripts(self) -> list[str]:
        """The revisions, the oldest first."""
        found = (self._folder / "migrations" / "versions").glob("*.py")
        return [
            path.read_text() for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)
        ]


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@by_default_on("sqlite", "postgresql")
def test_alembic_may_own_the_tables(url: URL, tmp_path: Path, open_with: Any) -> None:
    project = Project(tmp_path, url, owner="alembic")
    planned = project.run("init", "migrate", "upgrade", "migrate")
    assert planned == [[], True]
    (script,) = project.scripts
    assert "pyauth" not in script
    for table in ("users", "sessions", "accounts", "verifications", "note"):
        assert f"op.create_table('{table}'" in script

    planned = project.run("migrate", "upgrade", "migrate", GROWN="1")
    assert planned == [[], True]
    _, second = project.scripts
    assert "pyauth" not in second
    upgrade = second.partition("def upgrade")[2].partition("def downgrade")[0]
    assert sorted(_created(upgrade)) == ["members", "teams"]
    assert upgrade.count("batch_op.add_column") == 2
    assert "drop" not in upgrade
    assert "alter_column" not in upgrade
    assert {"motto"} <= columns_of(open_with(), "users")
    assert {"team_id"} <= columns_of(open_with(), "sessions")


def _created(script: str) -> list[str]:
    return [part.partition("'")[0] for part in script.split("op.create_table('")[1:]]


@by_default_on("mysql")
def test_pyauth_may_own_the_tables(url: URL, tmp_path: Path) -> None:
    project = Project(tmp_path, url, owner="pyauth")
    planned = project.run("pyauth migrate", "init", "migrate", "upgrade", "migrate")
    assert planned == [[], True]
    (script,) = project.scripts
    assert "pyauth" not in script
    assert _created(script) == ["note"]
    assert "drop_table('note')" in script
    assert script.count("users") == 1
    assert "['users.id']" in script
    for table in ("sessions", "accounts", "verifications"):
        assert table not in script


ENVIRONMENT = """
import os
import warnings

import sqlalchemy.exc

warnings.filterwarnings("error", category=sqlalchemy.exc.SAWarning)
warnings.filterwarnings("error", module="pyauth|flask_pyauth")

from alembic import context
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from pyauth import PyAuth


class Base(DeclarativeBase):
    pass


class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)


auth = PyAuth(
    secret="PlainAlembic-4d6f8a0c2e1b39570a",
    base_url="http://localhost",
    mode="test",
    database=os.environ["DATABASE"],
)
with create_engine(os.environ["DATABASE"]).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=[Base.metadata, auth.metadata],
        render_item=auth.render_item,
        compare_type=auth.compare_type,
    )
    with context.begin_transaction():
        context.run_migrations()
print("planned", auth.plan().describe())
"""

PLAIN = """
import sys

from alembic.command import check, init, revision, upgrade
from alembic.config import Config

config = Config("alembic.ini")
revision(config, autogenerate=True)
upgrade(config, "head")
check(config)
"""


@by_default_on("sqlite")
def test_alembic_takes_two_metadata(url: URL, tmp_path: Path) -> None:
    folder = tmp_path / "alembic"
    (folder / "versions").mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    (folder / "env.py").write_text(ENVIRONMENT)
    (folder / "script.py.mako").write_text(_TEMPLATE)
    (tmp_path / "drive.py").write_text(PLAIN)
    environment = {
        "DATABASE": url.render_as_string(hide_password=False),
        "PYTHONPATH": os.getcwd(),
    }
    told = _run([sys.executable, "drive.py"], tmp_path, environment)
    assert "planned []" in told.splitlines()
    assert "No new upgrade operations detected." in told
    (script,) = (folder / "versions").glob("*.py")
    assert "pyauth" not in script.read_text()
    assert {"pages", "users"} <= set(_created(script.read_text()))


_TEMPLATE = """
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

def upgrade():
    ${upgrades if upgrades else "pass"}

def downgrade():
    ${downgrades if downgrades else "pass"}
"""


@pytest.mark.parametrize("policy", ["random", "uuid", "serial"])
def test_every_type_is_written_plainly(open_with: Any, kind: str, policy: Any) -> None:
    metadata = MetaData()
    adapter = open_with(models=[SAMPLE, GUARD], id_policy=policy, metadata=metadata)
    with adapter.engine.connect() as connection:
        script = _autogenerate(connection, adapter, metadata)
        assert "pyauth" not in script
        assert "op.create_table('samples'" in script
        names: dict[str, Any] = {"sa": sqlalchemy, "postgresql": postgresql, "mysql": mysql}
        with Operations.context(MigrationContext.configure(connection)):
            exec(textwrap.dedent(f"    {script}"), {"op": op, **names})
        assert "op." not in _autogenerate(connection, adapter, metadata)
    assert adapter.plan().describe() == []


def _autogenerate(connection: Connection, adapter: SQLAlchemyAdapter, metadata: MetaData) -> str:
    tables = {(item.table.schema, item.table.name): item for item in adapter.tables.values()}

    def compare(context: Any, _found: Any, column: Any, found_type: Any, _type: Any) -> bool | None:
        return compare_type(column, found_type, dialect=context.dialect.name, tables=tables)

    options = {"compare_type": compare, "target_metadata": metadata}
    context = MigrationContext.configure(connection, opts=options)
    found = produce_migrations(context, metadata).upgrade_ops
    assert found is not None
    return render_python_code(found, render_item=render_item, migration_context=context)


OURS = {("auth", "users")}


@pytest.mark.parametrize(
    ("schema", "name", "is_dropped", "included"),
    [
        ("auth", "users", False, False),
        ("auth", "users", True, False),
        (None, "users", True, False),
        (None, "users", False, True),
        ("auth", "pages", True, True),
        ("other", "users", True, True),
    ],
)
def test_a_table_of_ours_is_neither_made_nor_dropped(
    schema: str | None, name: str, is_dropped: bool, included: bool
) -> None:
    item = Table(name, MetaData(), schema=schema)
    assert include_object(item, "table", is_dropped=is_dropped, ours=OURS) is included
    assert include_object(item, "index", is_dropped=is_dropped, ours=OURS)


@only_on("postgresql")
def test_a_schema_named_as_the_default_one_is_found_again(open_with: Any) -> None:
    adapter = open_with(schema_name="public")
    adapter.migrate()
    ours = {(item.table.schema, item.table.name) for item in adapter.tables.values()}

    def keep(item: Any, _name: Any, kind: str, reflected: bool, compare_to: Any) -> bool:
        is_dropped = reflected and compare_to is None
        return include_object(item, kind, is_dropped=is_dropped, ours=ours)

    with adapter.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": keep})
        assert compare_metadata(context, MetaData()) == []
