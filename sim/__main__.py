"""`python -m sim` is `chipgate`."""

import signal


def chipgate() -> None:
    """The command line; until it listens, Ctrl-C ends it without a word."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from sim.cli import main

    main()


if __name__ == "__main__":
    chipgate()
