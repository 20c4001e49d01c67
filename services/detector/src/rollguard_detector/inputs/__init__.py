"""
What producers send, one wire format a file, behind one port.
"""
