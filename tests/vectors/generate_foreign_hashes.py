"""Writes foreign_hashes.json: what Django and Flask-Security make, for the tests to read back.

::

    python -m venv .foreign
    .foreign/bin/pip install django flask-security bcrypt argon2-cffi
    .foreign/bin/python tests/vectors/generate_foreign_hashes.py

Salts differ from run to run; the tests verify, so any run will do. One hash of each scheme has the
costs that its library chooses, the others are cheap.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import django  # type: ignore[import-not-found]  # of a virtual environment of its own
from django.conf import settings  # type: ignore[import-not-found]
from django.contrib.auth import hashers  # type: ignore[import-not-found]
from flask import Flask
from flask_security import (  # type: ignore[import-not-found]
    Security,
    UserDatastore,
    hash_password,
    verify_password,
)
from flask_security.password_util import PasswordUtil  # type: ignore[import-not-found]

HERE = Path(__file__).resolve().parent
SALT = "146585145368132386173505678016728509634"
PASSWORDS = [
    "correct horse battery staple",
    "p\u00e4ssw\u00f6rd-composed",
    "\uff30\uff41\uff53\uff53\uff57\uff4f\uff52\uff44-\ufb01-\u2460",
    "🔐🔐🔐🔐🔐🔐🔐🔐",
    "x" * 72,
]

DJANGO = {
    "pbkdf2_sha256": hashers.PBKDF2PasswordHasher,
    "pbkdf2_sha1": hashers.PBKDF2SHA1PasswordHasher,
    "argon2": hashers.Argon2PasswordHasher,
    "bcrypt": hashers.BCryptPasswordHasher,
    "bcrypt_sha256": hashers.BCryptSHA256PasswordHasher,
    "scrypt": hashers.ScryptPasswordHasher,
}
CHEAP_DJANGO: dict[str, dict[str, Any]] = {
    "pbkdf2_sha256": {"iterations": 7},
    "pbkdf2_sha1": {"iterations": 7},
    "argon2": {"time_cost": 1, "memory_cost": 64, "parallelism": 2},
    "bcrypt": {"rounds": 4},
    "bcrypt_sha256": {"rounds": 4},
    "scrypt": {"work_factor": 16, "block_size": 2, "parallelism": 3},
}
CHEAP_PASSLIB = {
    "argon2__rounds": 1,
    "argon2__memory_cost": 64,
    "bcrypt__rounds": 4,
    "pbkdf2_sha256__rounds": 7,
    "pbkdf2_sha512__rounds": 7,
    "django_pbkdf2_sha256__rounds": 7,
    "django_bcrypt_sha256__rounds": 4,
    "django_argon2__rounds": 1,
    "django_argon2__memory_cost": 64,
}
DOUBLE = ("argon2", "bcrypt", "pbkdf2_sha256", "pbkdf2_sha512")
SINGLE = ("django_pbkdf2_sha256", "django_bcrypt_sha256", "django_argon2")


def make_django() -> list[dict[str, Any]]:
    """Return a hash of every scheme and password, and one at the usual cost."""
    settings.configure(
        PASSWORD_HASHERS=[kind.__module__ + "." + kind.__name__ for kind in DJANGO.values()]
    )
    django.setup()
    made = []
    for name, kind in DJANGO.items():
        usual, cheap = kind(), kind()
        for setting, value in CHEAP_DJANGO[name].items():
            setattr(cheap, setting, value)
        made.append(_case_of_django(name, usual, PASSWORDS[0]) | {"usual": True})
        made.extend(_case_of_django(name, cheap, password) for password in PASSWORDS)
    return made


def _case_of_django(name: str, hasher: Any, password: str) -> dict[str, Any]:
    made = hasher.encode(password, hasher.salt())
    assert hasher.verify(password, made)
    return {"scheme": name, "password": password, "hash": made}


def make_flask_security() -> list[dict[str, Any]]:
    """Return a hash of every scheme and password, and one at the usual cost."""
    made = []
    for scheme in (*DOUBLE, *SINGLE):
        made.append(_hash(scheme, PASSWORDS[0], {}) | {"usual": True})
        made.extend(_hash(scheme, password, CHEAP_PASSLIB) for password in PASSWORDS)
    for scheme in DOUBLE:
        made.extend(
            _hash(scheme, password, CHEAP_PASSLIB, SECURITY_PASSWORD_SINGLE_HASH=True)
            for password in PASSWORDS
        )
    return made


def _hash(scheme: str, password: str, costs: dict[str, int], **more: Any) -> dict[str, Any]:
    known = [*DOUBLE, *SINGLE]
    app = Flask("vectors")
    app.config.update(
        SECRET_KEY="only for vectors",
        SECURITY_PASSWORD_SALT=SALT,
        SECURITY_PASSWORD_HASH=scheme,
        SECURITY_PASSWORD_SCHEMES=known,
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            key: value for key, value in costs.items() if key.partition("__")[0] in known
        },
        **more,
    )

    class Model:
        """Stands in for the models, which no hash asks for."""

        fs_uniquifier = email = username = None

    Security(app, UserDatastore(Model, Model), register_blueprint=False)
    with app.app_context():
        typed = PasswordUtil(app).normalize(password)  # as the sign-in form does
        made = hash_password(typed)
        assert verify_password(typed, made)
    single = "SECURITY_PASSWORD_SINGLE_HASH" in more
    return {"scheme": scheme, "single": single, "password": password, "hash": made}


if __name__ == "__main__":
    vectors = {
        "made_with": {name: version(name) for name in ("Django", "Flask-Security", "libpass")},
        "django": make_django(),
        "flask_security_salt": SALT,
        "flask_security": make_flask_security(),
    }
    text = json.dumps(vectors, indent=1, ensure_ascii=False)
    (HERE / "foreign_hashes.json").write_text(f"{text}\n", encoding="utf-8")
