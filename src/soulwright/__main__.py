"""`python -m soulwright` is the command line."""

from __future__ import annotations

from soulwright.cli import main

if __name__ == "__main__":
    main()
