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

    Of two `--lang` the last counts. One that there is no file of is left to the option's own check,
    which speaks the language of the environment.
    """
    asked = _lang_option(arguments)
    if asked in LANGUAGES:
        return asked
    for name in _VARIABLES:
        if environment.get(name):
            return _nearest(environment[name])
    return _nearest(_system_locale())


def _lang_option(arguments: Sequence[str]) -> str:
    """The value of the last `--lang`; nothing where there is none."""
    asked = ""
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
        if argument == "--lang":
            asked = "".join(arguments[position + 1 : position + 2])
    return asked


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
