"""
Families of made-up streams that a forecast must cope with, a file a family, each drawn from a seed.

What decides (shape, noise, memory, season, how near the bound) is drawn apart, so that nothing is tied to the name of a family. The
draws keep their order: a draw that moved would change every stream after it, and the constants could not be fitted again.
"""
