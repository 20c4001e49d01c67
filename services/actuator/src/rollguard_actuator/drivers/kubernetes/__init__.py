"""
Workloads on Kubernetes: one kind a file (``deployment``, ``stateful_set``, ``daemon_set``), what they share in small ones.

A revision is named by the hash that the workload's controller writes on each pod, never by a number: the controller gives an old
template a new number when it is used again, and "the one before" then points back at the bad one.

Objects are handled as the JSON that the server sent. Typed models would drop fields that they do not know yet, and a template
that is written back without them is another template.
"""
