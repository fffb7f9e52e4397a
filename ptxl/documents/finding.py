"""Finding → its JSON, which is the same in every document; and the JSON Schema of that."""

from __future__ import annotations

from typing import Any

from ptxl.documents.document import Json
from ptxl.model.findings import SEVERITIES, Finding
from ptxl.words import Language

#: the JSON Schema of what `finding_json` gives
FINDING_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["code", "severity", "message"],
    "properties": {
        "code": {"type": "string"},
        "severity": {"enum": list(SEVERITIES)},
        "path": {"type": "string"},
        "sheet": {"type": "string"},
        "cell": {"type": "string"},
        "label": {"type": "string"},
        "message": {"type": "string"},
        "for": {"const": "reviewer"},
    },
}


def finding_json(found: Finding, language: Language) -> dict[str, Json]:
    """Return one finding as JSON; keys without a value are left out."""
    entry = {
        "code": found.code,
        "severity": found.severity,
        "path": found.path,
        "sheet": found.sheet,
        "cell": found.cell,
        "label": found.label,
        "message": found.message(language),
        "for": found.reader if found.reader == "reviewer" else "",
    }
    return {key: value for key, value in entry.items() if value}
