"""`python -m ptxl` is the command `ptxl`."""

import gc
import signal
from contextlib import suppress

#: new objects before those in circles are looked for: hardly any are, and every look at all of a
#: county's figures takes longer than what made them
_OBJECTS = 50_000


def main() -> None:
    """Run the program; until it can say so itself, an interrupt ends it without a word."""
    gc.set_threshold(_OBJECTS)
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ptxl.cli.main import main as run
    from ptxl.words import LanguageError, load_all

    with suppress(LanguageError):  # said by the program
        load_all()
    signal.signal(signal.SIGINT, before)
    run()


if __name__ == "__main__":
    main()
