"""Measurements against named peers on the same machine, as ratios: they mean something on any machine.

`make bench` runs all but the long ones, `make bench ONLY=spec` one. A bench is a file `bench_*.py` with a function
`ratios()`, or, where it trains for many minutes, `main()`, which prints a table of its own.
"""
