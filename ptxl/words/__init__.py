"""Every sentence of ptxl by its code, one file a language, and the speaker that fills in facts."""

from ptxl.words.catalogues import (
    DEFAULT_LANGUAGE,
    FALLBACK,
    LANGUAGES,
    Language,
    LanguageError,
    codes_in,
    facts_in,
    load_added,
    load_all,
)
from ptxl.words.speaker import Phrase, Speaker, Translations, phrase

__all__ = [
    "DEFAULT_LANGUAGE",
    "FALLBACK",
    "LANGUAGES",
    "Language",
    "LanguageError",
    "Phrase",
    "Speaker",
    "Translations",
    "codes_in",
    "facts_in",
    "load_added",
    "load_all",
    "phrase",
]
