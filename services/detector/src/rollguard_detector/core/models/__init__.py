"""
The models that an operator names: one port, one file a model, one gate before all of them. Doing nothing is a model.
"""
