"""
What a whole rollguard on one machine needs: a broker, a registry, and the care of the processes that they are.

The demo, `rollguard up` and the tests all take their real parts from here, so that what a person sees is what was tested. The rule:
everything listens on loopback only, writes below the run folder that it was given, and ends with the process that started it.
"""
