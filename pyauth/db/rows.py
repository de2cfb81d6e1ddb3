"""The making of rows from what stores hand over: defaults, ids, and checks that SQL would make."""

from collections.abc import Mapping
from typing import Any

from pyauth.db.adapter import Row
from pyauth.db.ids import IdPolicy, could_be_made, make_id
from pyauth.db.schema import Model, SchemaField
from pyauth.db.values import normaliser_of
from pyauth.errors import ConfigurationError, StoreError, UnfitValue


class RowMaker:
    """Turns the data of one model into whole rows and into changes, all values in stored form."""

    def __init__(self, model: Model, id_policy: IdPolicy) -> None:
        self.model = model.name
        self.fields = model.fields
        self.names = tuple(self.fields)
        self._id_policy = id_policy
        self._normalisers = {name: normaliser_of(item) for name, item in self.fields.items()}
        self._required = frozenset(
            name for name, item in self.fields.items() if item.spec.required and name != "id"
        )
        self._on_update = tuple(
            (name, item.spec.on_update)
            for name, item in self.fields.items()
            if item.spec.on_update is not None
        )

    def new(self, data: Mapping[str, Any]) -> Row:
        """Return a whole new row: what ``data`` says, else the defaults, else None.

        Its ``id`` is None where the database makes it.

        Raises:
            ConfigurationError: ``data`` names an unknown field.
            UnfitValue: a value is missing or of the wrong kind.
        """
        self._check_names(data)
        row: Row = {}
        for name, item in self.fields.items():
            if name in data:
                value = data[name]
            elif name == "id":
                value = make_id(self._id_policy, self.model)
            elif item.spec.has_default:
                value = item.spec.make_default()
            else:
                value = None
            row[name] = self.stored(name, value)
        self._check_id(row["id"])
        return row

    def changes(self, data: Mapping[str, Any]) -> Row:
        """Return what an update writes: ``data``, and fields that every update renews.

        Raises:
            ConfigurationError: ``data`` names an unknown field, or the id, which never changes.
            UnfitValue: a value is missing or of the wrong kind.
        """
        self._check_names(data)
        if "id" in data:
            raise ConfigurationError(f"the id of model {self.model!r} cannot be changed")
        changed = {name: self.stored(name, value) for name, value in data.items()}
        for name, make in self._on_update:
            if name not in changed:
                changed[name] = self.stored(name, make())
        return changed

    def stored(self, name: str, value: Any) -> Any:
        """Return a value of the field ``name`` in stored form.

        Raises:
            UnfitValue: the value is None though required, or of the wrong kind.
        """
        if value is None:
            if name in self._required:
                raise UnfitValue(f"field {name!r} of model {self.model!r} needs a value")
            return None
        try:
            return self._normalisers[name](value)
        except (TypeError, ValueError) as exc:
            raise UnfitValue(f"field {name!r} of model {self.model!r}: {exc}") from None

    def require_field(self, name: str) -> SchemaField:
        """Return a field by its name.

        Raises:
            ConfigurationError: the model has no such field.
        """
        try:
            return self.fields[name]
        except KeyError:
            known = ", ".join(self.names)
            raise ConfigurationError(
                f"model {self.model!r} has no field {name!r}; there are: {known}"
            ) from None

    def _check_id(self, row_id: str | None) -> None:
        if row_id is not None and not could_be_made(self._id_policy, row_id):
            raise StoreError(
                f"field 'id' of model {self.model!r} does not fit the policy {self._id_policy!r}"
            )

    def _check_names(self, data: Mapping[str, Any]) -> None:
        for name in data:
            if name not in self.fields:
                self.require_field(name)
