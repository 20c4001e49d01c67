"""
Runs the fit: `.venv/bin/python bench/forecast_fit [--data FOLDER] [--write PATH]`.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # the folder of measurements, where the fit and `scoring` are found
    from forecast_fit.command import main  # only now can it be found

    main()
