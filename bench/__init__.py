"""Measurements against named peers on the same machine, as ratios: they mean something on any machine.

`make bench` runs all, `make bench ONLY=spec` one. A bench is a file `bench_*.py` with a function `ratios()`.
"""
