"""
What a policy would have done: a recorded past through detector and decider, judged by the incidents that people know of.
"""
