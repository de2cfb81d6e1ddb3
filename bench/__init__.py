"""How fast pyauth is beside views written by hand. ``python -m bench --help`` tells the rest."""
