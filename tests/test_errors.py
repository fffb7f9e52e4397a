"""Errors: what each of them promises, whatever its class."""

from __future__ import annotations

import pickle

import pytest

from ptxl import OptionError, RosterError, TableError
from ptxl.api import generate
from ptxl.model.errors import Fault
from ptxl.words import Speaker


def test_an_error_of_several_faults_has_what_every_error_has() -> None:
    faults = [
        Fault(place="名册", line=2, code="roster.blank"),
        Fault(place="名册", line=3, code="roster.too_long", facts={"longest": 200}),
    ]
    error = RosterError(faults)
    assert (error.code, error.facts) == ("roster.blank", {})
    assert Speaker("en").word(error.sentence) == faults[0].message("en")
    assert error.message("zh").count("\n") == 1
    again = pickle.loads(pickle.dumps(error))
    assert (again.faults, again.code) == (error.faults, error.code)
    assert isinstance(error, TableError)


def test_a_password_is_no_output() -> None:
    with pytest.raises(OptionError, match="ASCII"):
        generate("county-project", [], "forms", password="密码")
