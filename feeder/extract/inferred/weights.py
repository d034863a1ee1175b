"""What the features are worth: written by `python -m bench.fit`, not by hand.

Fitted to 155 pages that are series of updates and 75 that are not; 4 of them are
read wrongly, and 14 where a tenth is left out at a time. Beside each weight: how many pages
are lost without it.
"""

BIAS = -9.23
WEIGHTS = {
    "share": 3.09,  # 2 lost without it
    "drowned": -1.84,  # 1 lost without it
    "words": 1.87,  # 2 lost without it
    "titled": 0.34,  # 1 lost without it
    "ordered": 4.52,  # 3 lost without it
    "vague": -2.48,  # 1 lost without it
    "distinct": 1.31,  # 1 lost without it
    "live": 2.62,  # 1 lost without it
    "leading": 1.56,  # 1 lost without it
    "days": 3.42,  # 5 lost without it
    "part": -2.06,  # 1 lost without it
    "ends": -2.85,  # 2 lost without it
    "aside": -3.24,  # 2 lost without it
    "teasers": -6.48,  # 7 lost without it
    "figures": -1.24,  # 0 lost without it
    "announced": -6.00,  # 7 lost without it
    "lengths": -4.27,  # 2 lost without it
    "sought": -2.74,  # 1 lost without it
    "talked": -5.73,  # 9 lost without it
    "signed": -1.94,  # 2 lost without it
}
