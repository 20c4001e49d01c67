"""
One kind of target a file, behind ``core.ports.Driver``.

Every driver passes the contract suite in ``tests/actuator/test_driver_contract.py``.
"""
