"""`python -m ptxl` is the command `ptxl`."""

import signal
from contextlib import suppress


def main() -> None:
    """Run the program; until it can say so itself, an interrupt ends it without a word."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ptxl.cli.main import main as run
    from ptxl.words import LanguageError, load_all

    with suppress(LanguageError):  # said by the program
        load_all()
    signal.signal(signal.SIGINT, before)
    run()


if __name__ == "__main__":
    main()
