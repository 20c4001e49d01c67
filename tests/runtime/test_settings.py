"""
Settings: what is misspelt is refused by name, what is given is typed, and a secret may come from a file.
"""

import pytest

from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.settings import ServiceSettings, SharedSettings, environment_names, load


class DeciderSettings(ServiceSettings, frozen=True, kw_only=True):
    cooldown_seconds: float = 60.0
    is_paused: bool = False


def decider(**environ):
    return load(DeciderSettings, "decider", environ)


def test_nothing_given_means_the_defaults():
    assert decider() == DeciderSettings()


def test_values_are_read_in_their_types():
    settings = decider(
        ROLLGUARD_KAFKA="one:9092,two:9092",
        ROLLGUARD_DECIDER_HTTP_PORT="8080",
        ROLLGUARD_DECIDER_COOLDOWN_SECONDS="1.5",
        ROLLGUARD_DECIDER_IS_PAUSED="true",
    )
    assert (settings.kafka, settings.http_port) == ("one:9092,two:9092", 8080)
    assert (settings.cooldown_seconds, settings.is_paused) == (1.5, True)


def test_what_all_services_share_has_no_service_in_its_name():
    names = environment_names(DeciderSettings, "decider")
    assert names["ROLLGUARD_KAFKA"] == "kafka"
    assert names["ROLLGUARD_DECIDER_COOLDOWN_SECONDS"] == "cooldown_seconds"


def test_a_misspelt_name_is_refused_with_the_nearest_that_exists():
    with pytest.raises(SettingsRefused, match="COOLDWN_SECONDS is no setting; did you mean ROLLGUARD_DECIDER_COOLDOWN_SECONDS"):
        decider(ROLLGUARD_DECIDER_COOLDWN_SECONDS="5")


def test_a_name_like_no_other_is_refused_with_those_that_exist():
    with pytest.raises(SettingsRefused, match=r"ROLLGUARD_XYZ is no setting; there are .*ROLLGUARD_LOG_LEVEL"):
        decider(ROLLGUARD_XYZ="1")


def test_all_unknown_names_and_a_wrong_value_are_refused_at_once():
    with pytest.raises(SettingsRefused) as refusal:
        decider(ROLLGUARD_KAFKAA="x", ROLLGUARD_LOG_LEVL="x", ROLLGUARD_DECIDER_HTTP_PORT="many")
    for name in ("ROLLGUARD_KAFKAA", "ROLLGUARD_LOG_LEVL", "ROLLGUARD_DECIDER_HTTP_PORT"):
        assert name in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ROLLGUARD_DECIDER_HTTP_PORT", "70000"),
        ("ROLLGUARD_DECIDER_DEAD_LETTER_LIMIT", "0"),
        ("ROLLGUARD_DECIDER_STALLED_AFTER_SECONDS", "-1"),
        ("ROLLGUARD_LOG_LEVEL", "loud"),
        ("ROLLGUARD_KAFKA_SECURITY_PROTOCOL", "TELNET"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(name, text):
    with pytest.raises(SettingsRefused, match=f"^{name}: "):
        decider(**{name: text})


def test_settings_of_other_services_and_other_programs_are_passed_over():
    assert decider(ROLLGUARD_ACTUATOR_NO_SUCH="1", ROLLGUARD_TEST_BROKERS="kafka", PATH="bin", KAFKA="x") == DeciderSettings()


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "password").write_text("open sesame\n")
    assert decider(ROLLGUARD_KAFKA_PASSWORD_FILE=str(tmp_path / "password")).kafka_password == "open sesame"


def test_a_secret_whose_file_is_missing_is_refused(tmp_path):
    with pytest.raises(SettingsRefused, match=r"ROLLGUARD_KAFKA_PASSWORD_FILE: cannot read .*: No such file"):
        decider(ROLLGUARD_KAFKA_PASSWORD_FILE=str(tmp_path / "absent"))


def test_a_setting_whose_own_name_ends_in_file_is_a_path_not_a_secret():
    assert load(SharedSettings, "console", {"ROLLGUARD_KAFKA_CA_FILE": "ca.pem"}).kafka_ca_file == "ca.pem"
