"""What the features are worth: written by `python -m bench.fit`, not by hand.

Fitted to 155 pages that are series of updates and 75 that are not; 4 of them are
read wrongly, and 12 where a tenth is left out at a time. Beside each weight: how many pages
are lost without it.
"""

BIAS = -8.83
WEIGHTS = {
    "share": 2.79,  # 1 lost without it
    "drowned": -1.85,  # 1 lost without it
    "words": 1.94,  # 2 lost without it
    "titled": 0.19,  # 1 lost without it
    "ordered": 4.03,  # 3 lost without it
    "vague": -2.35,  # 1 lost without it
    "distinct": 1.23,  # 1 lost without it
    "live": 2.57,  # 4 lost without it
    "leading": 1.74,  # 1 lost without it
    "days": 3.94,  # 6 lost without it
    "part": -2.29,  # 1 lost without it
    "ends": -2.84,  # 2 lost without it
    "aside": -2.89,  # 2 lost without it
    "teasers": -6.26,  # 6 lost without it
    "figures": -1.24,  # 0 lost without it
    "announced": -7.21,  # 8 lost without it
    "lengths": -4.35,  # 5 lost without it
    "sought": -2.67,  # 1 lost without it
    "talked": -5.30,  # 7 lost without it
    "signed": -1.60,  # 2 lost without it
}
