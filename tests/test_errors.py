"""Errors: what each of them promises, whatever its class."""

from __future__ import annotations

import pickle

import pytest

from ptxl import OptionError, RosterError, TableError
from ptxl.api import generate
from ptxl.model.errors import Fault, system_reason
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


@pytest.mark.parametrize("number", [32, 33])
def test_a_file_that_another_program_holds_open_is_to_be_closed_there(number: int) -> None:
    """As Windows says it; no other system keeps a file to one program, so it is made by hand."""
    error = PermissionError(13, "Permission denied", "汇总.xlsx")
    vars(error)["winerror"] = number
    reason = system_reason(error)
    assert reason.code == "system.in_use"
    assert "关闭" in Speaker("zh").word(reason)
