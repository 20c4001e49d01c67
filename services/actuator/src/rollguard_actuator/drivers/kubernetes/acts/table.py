"""
The acts, as a table: one row a type of decision. A new one is a file beside this and a row here.
"""

from rollguard_actuator.drivers.kubernetes.acts.act import ActKind
from rollguard_actuator.drivers.kubernetes.acts.restart import Restart
from rollguard_actuator.drivers.kubernetes.acts.scale_out import ScaleOut
from rollguard_schemas.decisions import Action, RestartDecided, ScaleOutDecided

ACTS: dict[type[Action], ActKind] = {RestartDecided: Restart(), ScaleOutDecided: ScaleOut()}
