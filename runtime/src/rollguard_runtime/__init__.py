"""
How rollguard talks: the shell that its services share.

Everything that touches Kafka, the clock, the environment or the process lives here once. The rule: no policy and no model; a
decision that found its way in here would be made the same for all services, and tested in none.
"""
