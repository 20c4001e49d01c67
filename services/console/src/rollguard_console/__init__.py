"""
The SRE's window: the ``rollguard`` command.

It reads the topics and writes commands and policies, through the same bus as the services, and never decides anything itself: what
a person sees here is what was said on the topics, and what a person orders is one more message on them.
"""
