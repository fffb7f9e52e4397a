"""A round on disk (填报批次): forms issued, files collected and kept, what counts, letters."""

from ptxl.rounds.board import Board, Filed, Line, Standing, Tally
from ptxl.rounds.collect import Collected, collect, fetch
from ptxl.rounds.decide import accept, find_file, reject
from ptxl.rounds.ending import Ended, close_round, closing_of, reopen_round
from ptxl.rounds.folder import Round, RoundError, make_round, open_round
from ptxl.rounds.issue import issue
from ptxl.rounds.merging import MergedRound, merge_round
from ptxl.rounds.refill import Refilled
from ptxl.rounds.reporting import write_reports
from ptxl.rounds.sending import Sent, write_letters
from ptxl.rounds.settings import Settings, SettingsError
from ptxl.rounds.status import board_of

__all__ = [
    "Board",
    "Collected",
    "Ended",
    "Filed",
    "Line",
    "MergedRound",
    "Refilled",
    "Round",
    "RoundError",
    "Sent",
    "Settings",
    "SettingsError",
    "Standing",
    "Tally",
    "accept",
    "board_of",
    "close_round",
    "closing_of",
    "collect",
    "fetch",
    "find_file",
    "issue",
    "make_round",
    "merge_round",
    "open_round",
    "reject",
    "reopen_round",
    "write_letters",
    "write_reports",
]
