"""A wrong policy is refused with its line, its path and the mend, and the one in force stays in force."""

from support.topics import fresh_name

GOOD = """apiVersion: rollguard.dev/v1
kind: RollbackPolicy
metadata:
  name: scorer
spec:
  workload: {workload}
  target:
    driver: mlflow-alias
    model: scorer
    alias: champion
  mode: observe
  objectives:
    - name: accuracy
      metric: accuracy
      below: 0.85
"""


def test_a_wrong_policy_is_refused_and_the_old_one_stays(road, tmp_path):
    workload = f"shop/{fresh_name('scorer')}"
    good, wrong = tmp_path / "good.yaml", tmp_path / "wrong.yaml"
    good.write_text(GOOD.format(workload=workload))
    wrong.write_text(GOOD.format(workload=workload).replace("below: 0.85", "below: lots"))

    applied = road.command("policy", "apply", "-f", str(good))
    refused = road.command("policy", "apply", "-f", str(wrong))
    in_force = road.command("policy", "get", workload)

    assert applied.returncode == 0, applied.stderr
    assert refused.returncode == 3
    assert "wrong.yaml:15" in refused.stderr
    assert "spec.objectives[0].below" in refused.stderr
    assert "0.85" in in_force.stdout
    assert "lots" not in in_force.stdout
