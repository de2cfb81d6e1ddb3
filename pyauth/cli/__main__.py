"""``python -m pyauth.cli``: the same as ``pyauth``."""

from pyauth.cli.main import main

if __name__ == "__main__":
    main(prog_name="pyauth")
