"""
Policies as people write them: YAML files, read strictly, with every mistake told by file, line, path and mend.

The rule: a file that is not wholly right yields no policy at all, so that what is in force stays in force.
"""
