"""
Who else holds the desired state, and how each is kept from putting the suspect back: one owner a file, one row in ``locks``.
"""
