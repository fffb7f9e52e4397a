"""A county's own rules (本县规定), as others hold them: `local_rules` knows what they change.

No layout changes by them: a form is the same form with and without, and those already out stay
valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most commands have none
    from ptxl.check.waivers import Waiver
    from ptxl.template.specs import LocalSpec


@dataclass(frozen=True, slots=True)
class Local:
    """A county's own rules; made without anything, it changes nothing."""

    #: what stands in the file; None where there is none
    spec: LocalSpec | None = None
    #: by which the same rules are known again; "" where there are none
    digest: str = ""
    #: the file, as it is
    text: bytes = b""
    exceptions: tuple[Waiver, ...] = ()


NO_LOCAL = Local()
