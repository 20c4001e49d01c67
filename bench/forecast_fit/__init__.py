"""
The fit of the forecast network's constants: made-up worlds and recorded streams in, the text of `weights.py` out.
"""
