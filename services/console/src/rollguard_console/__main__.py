"""
The entry point of ``rollguard`` and of ``python -m rollguard_console``.
"""

from rollguard_console.app import app


def main() -> None:
    """Run the command line; the process ends with one of ``exit_codes``."""
    app(prog_name="rollguard")


if __name__ == "__main__":
    main()
