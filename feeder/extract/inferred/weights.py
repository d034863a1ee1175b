"""What the features are worth: written by `python -m bench.fit`, not by hand.

Fitted to 155 pages that are series of updates and 75 that are not; 4 of them are
read wrongly, and 13 where a tenth is left out at a time. Beside each weight: how many pages
are lost without it.
"""

BIAS = -9.27
WEIGHTS = {
    "share": 3.01,  # 1 lost without it
    "drowned": -1.90,  # 2 lost without it
    "words": 1.12,  # 2 lost without it
    "titled": 1.03,  # 1 lost without it
    "ordered": 4.15,  # 3 lost without it
    "vague": -2.72,  # 1 lost without it
    "distinct": 1.62,  # 2 lost without it
    "live": 2.29,  # 4 lost without it
    "leading": 1.24,  # 3 lost without it
    "days": 4.10,  # 8 lost without it
    "part": -2.12,  # 2 lost without it
    "ends": -2.87,  # 2 lost without it
    "aside": -3.37,  # 2 lost without it
    "teasers": -6.27,  # 6 lost without it
    "figures": -1.62,  # 0 lost without it
    "announced": -6.45,  # 8 lost without it
    "lengths": -4.54,  # 3 lost without it
    "sought": -3.23,  # 1 lost without it
    "talked": -5.55,  # 7 lost without it
    "signed": -2.38,  # 2 lost without it
}
