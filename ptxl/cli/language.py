"""Arguments and environment → the language that a command speaks. Says nothing itself."""

from __future__ import annotations

import locale
import sys
from collections.abc import Mapping, Sequence

from ptxl.words import FALLBACK, LANGUAGES, Language

#: in this order; the first that is set counts
_VARIABLES = ("PTXL_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language asked for: by `--lang`, wherever it stands, else by the environment.

    A language that there is no file of is left to the option's own check, and English until then.
    """
    asked = _lang_option(arguments)
    if asked is not None:
        return asked if asked in LANGUAGES else FALLBACK
    for name in _VARIABLES:
        if environment.get(name):
            return _nearest(environment[name])
    return _nearest(_system_locale())


def _lang_option(arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == "--":
            return None
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang":
            return "".join(arguments[position + 1 : position + 2])
    return None


def _nearest(name: str) -> Language:
    """The language of a locale such as `zh_CN.UTF-8`, or of Windows' `Chinese (Simplified)`."""
    start = name.lower().replace("chinese", "zh")[:2]
    return start if start in LANGUAGES else FALLBACK


def _system_locale() -> str:
    if sys.platform == "win32":
        import ctypes

        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return locale.windows_locale.get(number, "")
    return locale.getlocale()[0] or ""
