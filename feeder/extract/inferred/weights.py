"""What the features are worth: written by `python -m bench.fit`, not by hand.

Fitted to 155 pages that are series of updates and 75 that are not; 4 of them are
read wrongly, and 14 where a tenth is left out at a time. Beside each weight: how many pages
are lost without it.
"""

BIAS = -8.32
WEIGHTS = {
    "share": 2.77,  # 2 lost without it
    "drowned": -1.81,  # 2 lost without it
    "words": 2.01,  # 2 lost without it
    "titled": 0.14,  # 1 lost without it
    "ordered": 4.18,  # 3 lost without it
    "vague": -2.24,  # 2 lost without it
    "distinct": 1.14,  # 1 lost without it
    "live": 1.64,  # 1 lost without it
    "leading": 1.46,  # 1 lost without it
    "days": 3.07,  # 5 lost without it
    "part": -1.69,  # 2 lost without it
    "ends": -2.95,  # 2 lost without it
    "aside": -3.08,  # 2 lost without it
    "teasers": -6.31,  # 7 lost without it
    "figures": -1.07,  # 0 lost without it
    "announced": -5.79,  # 7 lost without it
    "lengths": -4.25,  # 2 lost without it
    "sought": -2.68,  # 2 lost without it
    "talked": -5.62,  # 10 lost without it
    "signed": -1.80,  # 2 lost without it
}
