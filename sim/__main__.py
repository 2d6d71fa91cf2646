"""`python -m sim` is `chipgate`."""

from sim.cli import main

main()
