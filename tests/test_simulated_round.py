"""A round of 300 units in four waves ends exactly as the table says that was written beforehand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ptxl.rounds import board_of, merge_round, open_round
from ptxl.rounds.board import ACCEPTABLE, Board, Line, Standing
from ptxl.rounds.letters import Occasion, letters
from ptxl.rounds.letters.replies import Matter, reply_to
from ptxl.words import Speaker
from tests.conftest import Figures
from tests.office import Office
from tests.rounds_on_disk import TEMPLATES
from tests.simulated_round import (
    WAVES,
    Simulation,
    Story,
    processor_time,
    stories,
    strangers,
)

pytestmark = pytest.mark.office

REPLIES = {
    Matter.CORRECT: "须改", Matter.CHASE: "催报", Matter.CHECK: "核对", Matter.RECEIPT: "回执",
}  # fmt: skip


def said(state: Standing) -> str:
    return Speaker("zh").word(state)


def lines_of(board: Board, told: list[Story]) -> Iterator[tuple[Story, Line]]:
    lines = {line.due.key: line for line in board.lines}
    assert len(lines) == len(told)
    for one in told:
        yield one, lines[one.key]


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory, office: Office
) -> tuple[Simulation, list[Board]]:
    """The round after all its waves, and its board after each."""
    simulation = Simulation(tmp_path_factory.mktemp("simulated"), stories(), office)
    boards = []
    for wave in range(1, len(WAVES) + 1):
        if wave == 2:
            for name, data in strangers(simulation).items():
                (simulation.where.inbox / name).write_bytes(data)
        simulation.play(wave)
        boards.append(simulation.board(wave))
    return simulation, boards


def test_the_table_is_of_300_units_and_of_every_story() -> None:
    told = stories()
    assert len({one.code for one in told}) == 300
    assert len({one.department for one in told}) == 10
    assert len({one.form for one in told}) == 3
    assert {one.code for one in told if one.form == "部门预算绩效文本"} == {
        f"{number}001" for number in range(101, 111)
    }
    assert len({one.deeds for one in told}) == 64


@pytest.mark.parametrize("wave", [1, 2, 3, 4])
def test_the_board_after_each_wave(played: tuple[Simulation, list[Board]], wave: int) -> None:
    simulation, boards = played
    wrong = [
        f"{one.code} {one.unit} {one.form} {one.deeds}: {said(line.state)}, not {wanted}"
        for one, line in lines_of(boards[wave - 1], simulation.told)
        if said(line.state) != (wanted := one.states[wave - 1])
    ]
    assert wrong == []


def test_what_counts_in_the_end_and_what_is_late(played: tuple[Simulation, list[Board]]) -> None:
    simulation, boards = played
    for one, line in lines_of(boards[-1], simulation.told):
        arrivals = line.counted.received.arrivals if line.counted else ()
        waves = [int(arrival.names[0][1]) for arrival in arrivals]
        assert min(waves, default=0) == one.counts, one
        assert line.late is one.late, one


def test_what_each_unit_is_written(played: tuple[Simulation, list[Board]]) -> None:
    simulation, boards = played
    wrong = [
        f"{one.code} {one.unit} {one.form} {one.deeds}: {found}, not {one.reply}"
        for one, line in lines_of(boards[-1], simulation.told)
        if (found := REPLIES[reply_to(line).matter]) != one.reply
    ]
    assert wrong == []


def test_the_letters_of_each_department(played: tuple[Simulation, list[Board]]) -> None:
    simulation, boards = played
    occasion = Occasion(settings=simulation.where.settings, today=date(2026, 3, 31))
    files = dict(letters(boards[-1], occasion, {}))
    found = {path for path in files if path[-1].endswith(".docx")}
    names = {"须改": "to_correct", "催报": "to_chase"}
    wanted = {
        (one.department, occasion.tell(f"files.{names[one.reply]}"))
        for one in simulation.told
        if one.reply in names
    } | {(one.department, occasion.tell("files.receipt")) for one in simulation.told if one.counts}
    assert found == wanted
    chat = files[occasion.tell("files.chat"),].decode("utf-8-sig")
    assert [one.unit for one in simulation.told if one.unit not in chat] == []


def test_totals_are_the_sums_of_what_was_typed(played: tuple[Simulation, list[Board]]) -> None:
    simulation, _ = played
    merged = merge_round(simulation.where, simulation.where.terms(TEMPLATES), WAVES[-1])
    counting = [one for one in simulation.told if one.counts]
    sums = dict.fromkeys(("total", "fiscal", "other"), Decimal(0))
    for one in counting:
        answers, _ = simulation.sent[one.key, one.counts]
        for project in answers["projects"]:
            for name in sums:
                sums[name] += Decimal(project["funds"][name])
    found_sums = {name: merged.merged.totals[f"funds.{name}"].value for name in sums}
    assert found_sums == sums
    assert merged.merged.counts["forms"] == len(counting)
    assert {one.found[0].code for one in merged.merged.left_out} <= {
        "to_correct",
        "foreign",
        "unreadable",
        "misnamed",
        "other_year",
        "rejected",
        "blank",
    }

    county = json.loads(merged.json.read_text(encoding="utf-8"), parse_float=Decimal)
    found = [
        (
            one["unit"]["code"],
            one["form"]["template"],
            one["answers"]["projects"][0]["funds"]["total"],
        )
        for one in county["units"]
    ]
    assert found == [(*one.key, _typed_total(one, simulation)) for one in counting]


def _typed_total(one: Story, simulation: Simulation) -> Decimal:
    """The amount of its project that a unit typed into the file that counts."""
    answers, _ = simulation.sent[one.key, one.counts]
    return Decimal(answers["projects"][0]["funds"]["total"])


def test_others_are_said_and_never_counted(played: tuple[Simulation, list[Board]]) -> None:
    board = played[1][-1]
    others = {one.name: one.state for one in board.others if one.state is not Standing.OPENED}
    assert others.pop("999001_外县某单位.xlsx") is Standing.FOREIGN
    assert others.pop("说明.docx") in (Standing.ATTACHMENT, Standing.UNREADABLE)
    assert {name for name in others if not name.endswith(".txt")} == set()
    assert not [one for one in board.others if one.state in ACCEPTABLE]


def test_collecting_again_judges_nothing(
    played: tuple[Simulation, list[Board]], figures: Figures
) -> None:
    """Of known files the content is looked at, and nothing is opened."""
    simulation, _ = played
    began = processor_time()
    collected = simulation.collect(4)
    took = processor_time() - began
    assert (collected.new, collected.problems) == ([], [])
    assert collected.known >= 300
    figures(
        f"collect: {simulation.new} files for the first time {simulation.took:.1f} s of processor"
        f" time, {collected.known} known ones again {took:.2f} s"
        f" ({took / simulation.took:.1%})"
    )


def test_a_copy_of_the_folder_says_the_same(
    played: tuple[Simulation, list[Board]], tmp_path: Path
) -> None:
    """The board is made of what lies in the folder, wherever that is."""
    simulation, boards = played
    copy = open_round(shutil.copytree(simulation.where.root, tmp_path / "拷贝"))
    with copy.ledger() as ledger:
        assert board_of(copy, ledger, copy.terms(TEMPLATES), WAVES[-1]) == boards[-1]
